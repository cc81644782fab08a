#include "seal/recording/record.h"

#include <algorithm>
#include <cstring>

#include "base/crc32c.h"

namespace lc::recording {
namespace {

constexpr std::string_view kMagic = "LCREC1\r\n", kEnd = "LCRECEND";
constexpr std::string_view kSync = "LCR\xc5";
constexpr std::uint16_t kVersion = 1;
constexpr std::uint64_t kFreeSums = std::uint64_t{256} << 20;  // in vain, before they must stay below what was taken

bool begins_with(ByteSpan bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

// Whether `bytes`, all that there are, could be the start of `text`.
bool may_begin_with(ByteSpan bytes, std::string_view text) {
  return std::memcmp(bytes.data(), text.data(), std::min(bytes.size(), text.size())) == 0;
}

Item damage(ByteSpan available) { return {.kind = Item::Kind::damage, .size = next_candidate(available)}; }

void append_sum(Bytes& out, std::size_t from) { Writer(out).big(crc32c(ByteSpan(out).subspan(from))); }

// Whether the last 4 bytes are the sum of those before them.
bool has_sum(ByteSpan bytes) {
  return *Reader(bytes.last(4)).big<std::uint32_t>() == crc32c(bytes.first(bytes.size() - 4));
}

}  // namespace

void append_section_header(const SectionHeader& header, Bytes& out) {
  const std::size_t from = out.size();
  Writer writer(out);
  writer.text(kMagic);
  writer.big(kVersion);
  writer.big(std::uint16_t{0});
  writer.big(std::uint32_t{kSectionHeaderBytes});
  writer.bytes(header.id);
  writer.big(header.created_ms);
  writer.bytes(std::array<std::byte, 20>{});
  append_sum(out, from);
}

void append_record(RecordHeader header, ByteSpan payload, Bytes& out) {
  LC_EXPECT(payload.size() <= kMaxPayloadBytes, "a payload of at most 32 MiB");
  const std::size_t from = out.size(), payload_at = from + kRecordHeaderBytes;
  Writer writer(out);
  writer.text(kSync);
  writer.big(static_cast<std::uint8_t>(header.type));
  writer.big(static_cast<std::uint8_t>(header.is_repeated ? 1 : 0));
  writer.big(std::uint16_t{0});
  writer.big(static_cast<std::uint32_t>(payload.size()));
  writer.big(header.number);
  writer.big(header.arrival_ns);
  append_sum(out, from);
  writer.bytes(payload);
  append_sum(out, payload_at);
  out.resize(from + record_bytes(payload.size()));
}

void append_footer(const Footer& footer, Bytes& out) {
  Writer writer(out);
  writer.big(footer.section_bytes);
  writer.big(footer.end_bytes);
  writer.text(kEnd);
}

std::optional<SectionHeader> unpack_section_header(ByteSpan bytes) {
  if (bytes.size() < kSectionHeaderBytes || !begins_with(bytes, kMagic) || !has_sum(bytes.first(kSectionHeaderBytes)))
    return std::nullopt;
  Reader reader(bytes.subspan(kMagic.size(), kSectionHeaderBytes - kMagic.size()));
  if (*reader.big<std::uint16_t>() != kVersion || *reader.big<std::uint16_t>() != 0 ||
      *reader.big<std::uint32_t>() != kSectionHeaderBytes)
    return std::nullopt;
  SectionHeader header;
  header.id = *reader.take_array<16>();
  header.created_ms = *reader.big<std::uint64_t>();
  return header;
}

std::optional<RecordHeader> unpack_record_header(ByteSpan bytes) {
  if (bytes.size() < kRecordHeaderBytes || !begins_with(bytes, kSync) || !has_sum(bytes.first(kRecordHeaderBytes)))
    return std::nullopt;
  Reader reader(bytes.subspan(kSync.size(), kRecordHeaderBytes - kSync.size()));
  RecordHeader header;
  header.type = static_cast<RecordType>(*reader.big<std::uint8_t>());
  header.is_repeated = (*reader.big<std::uint8_t>() & 1) != 0;
  (void)reader.big<std::uint16_t>();
  header.length = *reader.big<std::uint32_t>();
  header.number = *reader.big<std::uint64_t>();
  header.arrival_ns = *reader.big<std::uint64_t>();
  if (header.length > kMaxPayloadBytes) return std::nullopt;
  return header;
}

std::optional<Footer> unpack_footer(ByteSpan bytes) {
  if (bytes.size() < kFooterBytes || !begins_with(bytes.subspan(16), kEnd)) return std::nullopt;
  Reader reader(bytes);
  Footer footer;
  footer.section_bytes = *reader.big<std::uint64_t>();
  footer.end_bytes = *reader.big<std::uint64_t>();
  return footer;
}

std::optional<ByteSpan> payload_of(const RecordHeader& header, ByteSpan bytes) {
  if (bytes.size() < record_bytes(header.length) ||
      !has_sum(bytes.subspan(kRecordHeaderBytes, header.length + std::size_t{4})))
    return std::nullopt;
  return bytes.subspan(kRecordHeaderBytes, header.length);
}

std::size_t next_candidate(ByteSpan bytes) {
  const auto* const begin = bytes.data();
  std::size_t at = 1;
  while (at < bytes.size()) {
    const void* found = std::memchr(begin + at, 'L', bytes.size() - at);
    if (found == nullptr) return bytes.size();
    at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - begin);
    const ByteSpan rest = bytes.subspan(at);
    if (may_begin_with(rest, kSync) || may_begin_with(rest, kMagic)) return at;
    ++at;
  }
  return bytes.size();
}

Item Scanner::next(ByteSpan available, bool is_last) {
  const auto found = [&]() -> Item {
    const auto needs = [&](std::size_t size) { return available.size() < size && !is_last; };
    if (available.empty()) return {.size = 1};
    if (may_begin_with(available, kMagic)) {
      if (needs(kSectionHeaderBytes)) return {.size = kSectionHeaderBytes};
      if (const auto header = unpack_section_header(available))
        return {.kind = Item::Kind::section, .size = kSectionHeaderBytes, .section = *header};
    }
    if (may_begin_with(available, kSync)) {
      if (needs(kRecordHeaderBytes)) return {.size = kRecordHeaderBytes};
      if (const auto header = unpack_record_header(available)) return record(available, *header, is_last);
    }
    if (needs(kFooterBytes)) return {.size = kFooterBytes};
    if (unpack_footer(available)) return {.kind = Item::Kind::footer, .size = kFooterBytes};
    return damage(available);
  }();
  if (found.kind != Item::Kind::need_more) taken_ += found.size;
  return found;
}

Item Scanner::record(ByteSpan available, const RecordHeader& header, bool is_last) {
  const std::size_t size = record_bytes(header.length);
  if (available.size() < size) return is_last ? damage(available) : Item{.size = size};
  if (const auto payload = payload_of(header, available))
    return {.kind = Item::Kind::record, .size = size, .record = header, .payload = *payload};
  summed_in_vain_ += size;
  if (summed_in_vain_ > kFreeSums + taken_) return {.kind = Item::Kind::damage, .size = size};
  return damage(available);
}

}  // namespace lc::recording
