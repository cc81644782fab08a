#include "seal/announcement.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "seal/big_endian.h"
#include "seal/raw.h"

namespace lc::seal {
namespace {

constexpr std::uint8_t kWrapSealedBox = 1;
constexpr std::size_t kSealedBytes = 128;  // device key 32, session 16, KID 8, first CTR 8, base key 64
static_assert(kBoxBytes == sizeof(ReceiverHint) + kSealedBytes + kBoxOverhead);

constexpr std::string_view kSignatureLabel{"latentcast key announcement v1\0", 31};
constexpr std::string_view kCommitmentLabel = "latentcast commit v1";

// Offsets in the body, which follows the header.
constexpr std::size_t kWrapAt = 0, kRatchetAt = 1, kSuiteAt = 2, kEpochAt = 4, kTimeAt = 12, kKidAt = 20,
                      kFirstCtrAt = 28, kDeviceAt = 36, kEchoAt = 68, kCommitmentAt = 100, kCountAt = 132;
static_assert(kCountAt + 2 == kAnnouncementBodyBytes);

Commitment commitment_of(ByteSpan base_key, const SessionId& session, std::uint64_t kid) {
  std::array<std::byte, 8> kid_bytes;
  put_big(kid_bytes.data(), kid);
  Commitment out;
  crypto_generichash_state state;
  crypto_generichash_init(&state, raw(base_key.data()), base_key.size(), out.size());
  crypto_generichash_update(&state, raw(as_bytes(kCommitmentLabel).data()), kCommitmentLabel.size());
  crypto_generichash_update(&state, raw(session.data()), session.size());
  crypto_generichash_update(&state, raw(kid_bytes.data()), kid_bytes.size());
  crypto_generichash_final(&state, raw(out.data()), out.size());
  sodium_memzero(&state, sizeof state);
  return out;
}

// The bound fields of a sealed box: everything but the base key at its end.
std::array<std::byte, kSealedBytes - kBaseKeyBytes> bound_fields(const Announcement& what) {
  std::array<std::byte, kSealedBytes - kBaseKeyBytes> out;
  std::memcpy(out.data(), what.device.data(), 32);
  std::memcpy(out.data() + 32, what.header.session.data(), 16);
  put_big(out.data() + 48, what.kid);
  put_big(out.data() + 56, what.first_ctr);
  return out;
}

// What is signed: the label, then the message up to the signature.
Bytes to_sign(ByteSpan message) {
  Bytes out(kSignatureLabel.size() + message.size());
  std::memcpy(out.data(), kSignatureLabel.data(), kSignatureLabel.size());
  std::memcpy(out.data() + kSignatureLabel.size(), message.data(), message.size());
  return out;
}

void pack_body(const Announcement& what, std::byte* out) {
  out[kWrapAt] = std::byte{kWrapSealedBox};
  out[kRatchetAt] = static_cast<std::byte>(what.ratchet_bits);
  put_big(out + kSuiteAt, what.suite);
  put_big(out + kEpochAt, what.epoch);
  put_big(out + kTimeAt, what.time_ms);
  put_big(out + kKidAt, what.kid);
  put_big(out + kFirstCtrAt, what.first_ctr);
  std::memcpy(out + kDeviceAt, what.device.data(), 32);
  std::memcpy(out + kEchoAt, what.echo.data(), 32);
  std::memcpy(out + kCommitmentAt, what.commitment.data(), 32);
  put_big(out + kCountAt, static_cast<std::uint16_t>(what.receivers));
}

}  // namespace

ReceiverHint receiver_hint(const PublicKey& key) {
  ReceiverHint hint;
  crypto_generichash(raw(hint.data()), hint.size(), raw(key.data()), key.size(), nullptr, 0);
  return hint;
}

std::optional<UnpackedAnnouncement> unpack_announcement(ByteSpan message) {
  const auto header = unpack_wire_header(message);
  if (!header || header->type != MessageType::announcement || message.size() > kMaxAnnouncementBytes ||
      message.size() < header->size + kAnnouncementBodyBytes + kBoxBytes + kSignatureBytes)
    return std::nullopt;
  const std::byte* body = message.data() + header->size;
  if (body[kWrapAt] != std::byte{kWrapSealedBox}) return std::nullopt;
  UnpackedAnnouncement out;
  Announcement& what = out.announcement;
  what.header = *header;
  what.ratchet_bits = std::to_integer<std::uint8_t>(body[kRatchetAt]);
  what.suite = get_big<std::uint16_t>(body + kSuiteAt);
  what.epoch = get_big<std::uint64_t>(body + kEpochAt);
  what.time_ms = get_big<std::uint64_t>(body + kTimeAt);
  what.kid = get_big<std::uint64_t>(body + kKidAt);
  what.first_ctr = get_big<std::uint64_t>(body + kFirstCtrAt);
  std::memcpy(what.device.data(), body + kDeviceAt, 32);
  std::memcpy(what.echo.data(), body + kEchoAt, 32);
  std::memcpy(what.commitment.data(), body + kCommitmentAt, 32);
  what.receivers = get_big<std::uint16_t>(body + kCountAt);
  const std::size_t before_boxes = header->size + kAnnouncementBodyBytes;
  if (what.receivers == 0 || what.receivers > kMaxReceivers || what.ratchet_bits != kRatchetBits ||
      message.size() != before_boxes + what.receivers * kBoxBytes + kSignatureBytes)
    return std::nullopt;
  out.boxes = message.subspan(before_boxes, what.receivers * kBoxBytes);
  out.signed_part = message.first(message.size() - kSignatureBytes);
  out.signature = message.last(kSignatureBytes);
  return out;
}

bool has_good_signature(const UnpackedAnnouncement& unpacked) {
  return is_signed_by(unpacked.announcement.device, to_sign(unpacked.signed_part), unpacked.signature);
}

Verdict open_boxes(const UnpackedAnnouncement& unpacked, const ReceiverIdentity& receiver,
                   std::span<std::byte, kBaseKeyBytes> base_key) {
  const Announcement& what = unpacked.announcement;
  const ReceiverHint hint = receiver_hint(receiver.identity().key), anonymous{};
  std::array<std::byte, kSealedBytes> plain;
  bool is_open = false;
  for (std::size_t i = 0; i < what.receivers && !is_open; ++i) {
    const ByteSpan box = unpacked.boxes.subspan(i * kBoxBytes, kBoxBytes);
    const bool may_be_mine = std::equal(hint.begin(), hint.end(), box.begin()) ||
                             std::equal(anonymous.begin(), anonymous.end(), box.begin());
    is_open = may_be_mine && receiver.open_box(box.subspan(hint.size()), plain);
  }
  if (!is_open) return Verdict::not_a_receiver;
  const auto bound = bound_fields(what);
  std::memcpy(base_key.data(), plain.data() + bound.size(), base_key.size());
  const bool fits = std::equal(bound.begin(), bound.end(), plain.begin()) &&
                    commitment_of(base_key, what.header.session, what.kid) == what.commitment;
  sodium_memzero(plain.data(), plain.size());
  if (fits) return Verdict::new_session;
  sodium_memzero(base_key.data(), base_key.size());
  return Verdict::bad_commitment;
}

Result<Announcer> Announcer::create(const SigningIdentity& device, const Announcement& what, ByteSpan base_key,
                                    const std::vector<PinnedReceiver>& receivers) {
  LC_EXPECT(base_key.size() == kBaseKeyBytes && !receivers.empty(),
            "one generation key, and somebody to seal it to");
  if (receivers.size() > kMaxReceivers)
    return fail(Errc::unsupported, "{} receivers are pinned, an announcement holds {}", receivers.size(),
                kMaxReceivers);
  Announcement full = what;
  full.header.type = MessageType::announcement;
  full.device = device.identity().key;
  full.commitment = commitment_of(base_key, what.header.session, what.kid);
  full.receivers = receivers.size();

  Announcer announcer;
  announcer.kid_ = what.kid;
  Bytes& out = announcer.message_;
  out.resize(kWireHeaderBytes + kAnnouncementBodyBytes + receivers.size() * kBoxBytes + kSignatureBytes);
  pack(full.header, std::span<std::byte, kWireHeaderBytes>(out.data(), kWireHeaderBytes));
  pack_body(full, out.data() + kWireHeaderBytes);

  const auto bound = bound_fields(full);
  std::array<std::byte, kSealedBytes> plain;
  std::memcpy(plain.data(), bound.data(), bound.size());
  std::memcpy(plain.data() + bound.size(), base_key.data(), base_key.size());
  std::byte* at = out.data() + kWireHeaderBytes + kAnnouncementBodyBytes;
  Result<> sealed;
  for (const PinnedReceiver& receiver : receivers) {
    const ReceiverHint hint = receiver_hint(receiver.key);
    std::memcpy(at, hint.data(), hint.size());
    if (sealed && !seal_box(receiver.key, plain, std::span(at + hint.size(), kSealedBytes + kBoxOverhead)))
      sealed = fail(Errc::refused, "the key of receiver '{}' is of low order; pin its .pub file again",
                    receiver.name);
    at += kBoxBytes;
  }
  sodium_memzero(plain.data(), plain.size());
  LC_TRY(std::move(sealed));
  announcer.refresh(device, what.time_ms);
  return announcer;
}

void Announcer::refresh(const SigningIdentity& device, std::uint64_t time_ms) {
  time_ms_ = time_ms;
  put_big<std::uint64_t>(message_.data() + kWireHeaderBytes + kTimeAt, time_ms);
  put_big<std::uint64_t>(message_.data() + 36, time_ms * 1'000'000);  // capture time of the header
  const ByteSpan part = ByteSpan(message_).first(message_.size() - kSignatureBytes);
  device.sign(to_sign(part),
              std::span<std::byte, kSignatureBytes>(message_.data() + part.size(), kSignatureBytes));
}

}  // namespace lc::seal
