#include "seal/fields.h"

#include <cstring>

#include "base/text.h"
#include "seal/big_endian.h"

namespace lc::seal {
namespace {

enum Tag : unsigned { kPts = 1, kDuration = 2, kDescription = 3, kLabels = 4, kFlags = 5, kRecord = 6 };
constexpr unsigned kFirstCritical = 0x80;
constexpr unsigned kDiscont = 1;

class Packer {
 public:
  explicit Packer(std::span<std::byte, kMaxFieldsBytes> out) : out_(out.data()) {}
  void number(Tag tag, std::uint64_t value) {
    head(tag, 8);
    put_big(out_ + at_, value);
    at_ += 8;
  }
  void bytes(Tag tag, ByteSpan value) {
    head(tag, value.size());
    std::memcpy(out_ + at_, value.data(), value.size());
    at_ += value.size();
  }
  std::size_t finish() {
    put_big(out_, static_cast<std::uint16_t>(at_ - 2));
    return at_;
  }

 private:
  void head(Tag tag, std::size_t size) {
    out_[at_] = static_cast<std::byte>(tag);
    put_big(out_ + at_ + 1, static_cast<std::uint16_t>(size));
    at_ += 3;
  }
  std::byte* out_;
  std::size_t at_ = 2;
};

bool take(unsigned tag, ByteSpan value, Fields& into) {
  switch (tag) {
    case kPts:
    case kDuration: {
      if (value.size() != 8) return false;
      (tag == kPts ? into.pts_ns : into.duration_ns) = get_big<std::uint64_t>(value.data());
      return true;
    }
    case kDescription:
      into.description = as_text(value);
      return !value.empty() && value.size() <= kMaxDescriptionBytes &&
             into.description.find('\0') == std::string_view::npos;
    case kLabels:
      into.labels = value;
      return value.size() <= kMaxLabelsBytes;
    case kRecord:
      into.record = as_text(value);
      return !value.empty() && value.size() <= kMaxRecordBytes && is_plain_text(into.record);
    case kFlags:
      if (value.size() != 1) return false;
      into.is_discont = (std::to_integer<unsigned>(value[0]) & kDiscont) != 0;
      return true;
    default:
      return tag != 0 && tag < kFirstCritical;
  }
}

}  // namespace

Result<std::size_t> pack(const Fields& fields, std::span<std::byte, kMaxFieldsBytes> out) {
  if (fields.description.size() > kMaxDescriptionBytes)
    return fail(Errc::unsupported, "the stream description has {} bytes, at most {} fit",
                fields.description.size(), kMaxDescriptionBytes);
  if (fields.labels.size() > kMaxLabelsBytes)
    return fail(Errc::unsupported, "the labels have {} bytes, at most {} fit", fields.labels.size(),
                kMaxLabelsBytes);
  if (fields.record.size() > kMaxRecordBytes)
    return fail(Errc::unsupported, "the record has {} bytes, at most {} fit", fields.record.size(), kMaxRecordBytes);
  if (!is_plain_text(fields.record)) return fail(Errc::unsupported, "the record is no plain text in UTF-8");
  Packer packer(out);
  if (fields.pts_ns) packer.number(kPts, *fields.pts_ns);
  if (fields.duration_ns) packer.number(kDuration, *fields.duration_ns);
  if (!fields.description.empty()) packer.bytes(kDescription, as_bytes(fields.description));
  if (!fields.labels.empty()) packer.bytes(kLabels, fields.labels);
  const std::byte flags{kDiscont};
  if (fields.is_discont) packer.bytes(kFlags, {&flags, 1});
  if (!fields.record.empty()) packer.bytes(kRecord, as_bytes(fields.record));
  return packer.finish();
}

std::optional<UnpackedFields> unpack_fields(ByteSpan plaintext) {
  if (plaintext.size() < 2) return std::nullopt;
  const std::size_t size = get_big<std::uint16_t>(plaintext.data());
  if (size > kMaxFieldsBytes - 2 || size > plaintext.size() - 2) return std::nullopt;
  ByteSpan rest = plaintext.subspan(2, size);
  UnpackedFields out;
  std::uint64_t seen[2] = {};  // tags below 0x80, one bit each
  while (!rest.empty()) {
    if (rest.size() < 3) return std::nullopt;
    const auto tag = std::to_integer<unsigned>(rest[0]);
    const std::size_t length = get_big<std::uint16_t>(rest.data() + 1);
    if (length > rest.size() - 3 || tag >= kFirstCritical) return std::nullopt;
    auto& word = seen[tag / 64];
    if ((word >> (tag % 64) & 1) != 0 || !take(tag, rest.subspan(3, length), out.fields)) return std::nullopt;
    word |= std::uint64_t{1} << (tag % 64);
    rest = rest.subspan(3 + length);
  }
  out.size = 2 + size;
  return out;
}

}  // namespace lc::seal
