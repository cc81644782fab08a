// Key announcements: how a session's key reaches its receivers. Signed by the device, with the key in one
// sealed box per receiver. Byte table and the reason for each field: FORMAT.md, section 4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "seal/identity.h"
#include "seal/pinned_list.h"
#include "seal/ratchet.h"
#include "seal/suite.h"
#include "seal/verdict.h"
#include "seal/wire_header.h"

namespace lc::seal {

inline constexpr std::size_t kAnnouncementBodyBytes = 134;  // between the header and the boxes
inline constexpr std::size_t kBoxBytes = 184;               // receiver hint and sealed box
inline constexpr std::size_t kMaxAnnouncementBytes =
    kMaxWireHeaderBytes + kAnnouncementBodyBytes + kMaxReceivers * kBoxBytes + kSignatureBytes;

using Commitment = std::array<std::byte, 32>;
using ReceiverHint = std::array<std::byte, 8>;

// BLAKE2b-64 of the public key; spares a receiver from trying boxes that are not for it.
ReceiverHint receiver_hint(const PublicKey& key);

// What an announcement says in the clear. From the wire it may be believed only after the signature was
// checked.
struct Announcement {
  WireHeader header;
  std::uint8_t ratchet_bits = kRatchetBits;
  std::uint16_t suite = 0;  // as on the wire; suite_of() knows ours
  std::uint64_t epoch = 0;
  std::uint64_t time_ms = 0;
  std::uint64_t kid = 0;
  std::uint64_t first_ctr = 0;
  PublicKey device{};
  std::array<std::byte, 32> echo{};  // zero: not an answer to a key request
  Commitment commitment{};
  std::size_t receivers = 0;
};

struct UnpackedAnnouncement {
  Announcement announcement;
  ByteSpan boxes;        // receivers * kBoxBytes
  ByteSpan signed_part;  // everything before the signature
  ByteSpan signature;
};

// Nothing if it is malformed: wrong size for its number of receivers, none or more than 256 of them, another
// way of wrapping, a header of another type. Looks at no secret and checks no signature.
std::optional<UnpackedAnnouncement> unpack_announcement(ByteSpan message);

[[nodiscard]] bool has_good_signature(const UnpackedAnnouncement& unpacked);

// Finds and opens the box for `receiver` and compares what is bound inside with what stands outside.
//   announcement  its signature was checked
//   base_key      receives kBaseKeyBytes; meaningful only when the verdict is new_session
//   returns       new_session, not_a_receiver or bad_commitment
Verdict open_boxes(const UnpackedAnnouncement& unpacked, const ReceiverIdentity& receiver,
                   std::span<std::byte, kBaseKeyBytes> base_key);

// The sender's side: seals the boxes once, and signs anew whenever the time in it is to be refreshed.
class Announcer {
 public:
  // `what` without commitment and receivers, which are made here.
  //   errors  refused: the key of a receiver is of low order; unsupported: more than 256 receivers
  static Result<Announcer> create(const SigningIdentity& device, const Announcement& what, ByteSpan base_key,
                                  const std::vector<PinnedReceiver>& receivers);

  // The whole message, signed for this time.
  void refresh(const SigningIdentity& device, std::uint64_t time_ms);
  ByteSpan message() const { return message_; }
  std::uint64_t time_ms() const { return time_ms_; }
  std::uint64_t kid() const { return kid_; }

 private:
  Bytes message_;
  std::uint64_t time_ms_ = 0, kid_ = 0;
};

}  // namespace lc::seal
