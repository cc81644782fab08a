#include "seal/recording/checkpoint.h"

#include <cstring>
#include <utility>

#include "seal/big_endian.h"

namespace lc::recording {
namespace {

constexpr std::string_view kStartLabel{"latentcast recording v1\0", 24};
constexpr std::string_view kSignatureLabel{"latentcast recording checkpoint v1\0", 35};

seal::Digest256 start_of(const SectionId& section) {
  std::array<std::byte, kStartLabel.size() + sizeof(SectionId)> bytes;
  std::memcpy(bytes.data(), kStartLabel.data(), kStartLabel.size());
  std::memcpy(bytes.data() + kStartLabel.size(), section.data(), section.size());
  return seal::blake2b_256(bytes);
}

seal::Digest256 next_of(const seal::Digest256& before, const seal::Digest256& since) {
  std::array<std::byte, 2 * seal::kDigestBytes> both;
  std::memcpy(both.data(), before.data(), before.size());
  std::memcpy(both.data() + before.size(), since.data(), since.size());
  return seal::blake2b_256(both);
}

Bytes to_sign(ByteSpan checkpoint) {
  Bytes out;
  Writer(out).text(kSignatureLabel);
  Writer(out).bytes(checkpoint);
  return out;
}

}  // namespace

void Chain::begin(const SectionId& section) {
  resume(section);
  chain_ = start_of(section);
}

void Chain::add(const RecordHeader& record, ByteSpan payload) {
  std::array<std::byte, 20> head;
  seal::put_big(head.data(), record.number);
  seal::put_big(head.data() + 8, record.arrival_ns);
  seal::put_big(head.data() + 16, static_cast<std::uint32_t>(payload.size()));
  since_.update(head).update(payload);
  ++messages_;
}

void Chain::resume(const std::optional<SectionId>& section) {
  section_ = section;
  chain_.reset();
  (void)since_.finish();
  messages_ = 0;
}

void Chain::sign(const seal::SigningIdentity& recorder, bool is_last, Bytes& out) {
  const std::size_t from = out.size();
  const seal::Digest256 since = since_.finish(), before = *chain_;
  chain_ = next_of(before, since);
  Writer to(out);
  to.bytes(*section_);
  to.big(static_cast<std::uint8_t>(is_last));
  to.big(std::exchange(messages_, 0));
  to.bytes(before);
  to.bytes(*chain_);
  to.bytes(recorder.identity().key);
  std::array<std::byte, seal::kSignatureBytes> signature;
  recorder.sign(to_sign(ByteSpan(out).subspan(from)), signature);
  to.bytes(signature);
}

Chain::Answer Chain::check(ByteSpan payload, Checkpoint& out) {
  const auto checkpoint = unpack_checkpoint(payload);
  if (!checkpoint) return Answer::malformed;
  out = *checkpoint;
  const seal::Digest256 since = since_.finish();
  const std::uint64_t messages = std::exchange(messages_, 0);
  const ByteSpan signed_part = payload.first(payload.size() - seal::kSignatureBytes);
  if (!seal::is_signed_by(out.recorder, to_sign(signed_part), payload.last(seal::kSignatureBytes)))
    return Answer::forged;
  const bool is_of_section = !section_ || *section_ == out.section;
  const bool follows = !chain_ || *chain_ == out.before;
  const bool fits = messages == out.messages && next_of(out.before, since) == out.chain;
  section_ = out.section;
  chain_ = out.chain;
  return is_of_section && follows && fits ? Answer::good : Answer::differs;
}

std::optional<Checkpoint> unpack_checkpoint(ByteSpan payload) {
  if (payload.size() != kCheckpointBytes) return std::nullopt;
  Reader in(payload);
  Checkpoint out;
  out.section = *in.take_array<16>();
  const auto flags = *in.big<std::uint8_t>();
  if (flags > 1) return std::nullopt;
  out.is_last = flags == 1;
  out.messages = *in.big<std::uint64_t>();
  out.before = *in.take_array<32>();
  out.chain = *in.take_array<32>();
  out.recorder = *in.take_array<32>();
  return out;
}

}  // namespace lc::recording
