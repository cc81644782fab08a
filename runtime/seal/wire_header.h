// The clear header that begins every sealed message. It is authenticated with the message, and until then it
// is only a hint: nobody allocates, remembers or believes anything because of it. Byte table: FORMAT.md,
// section 1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"

namespace lc::seal {

enum class MessageType : std::uint8_t {
  frame = 'F',
  announcement = 'K',
  heartbeat = 'H',
  end = 'E',
  request = 'R',
};

// First bytes of BLAKE2b-256 of the device's public key.
using DeviceId = std::array<std::byte, 8>;
// Random, new for every sealer.
using SessionId = std::array<std::byte, 16>;
// First bytes of the latent-space id.
using ModelHint = std::array<std::byte, 4>;

inline constexpr std::size_t kWireHeaderBytes = 48;
inline constexpr std::size_t kMaxWireHeaderBytes = 256;  // with clear fields after it
// A subscriber filters on this much: magic, type, device, stream.
inline constexpr std::size_t kFilterBytes = 14;
// No message is larger: one raw latent of 4096 x 2160 is 13 MB.
inline constexpr std::size_t kMaxMessageBytes = std::size_t{32} << 20;

struct WireHeader {
  MessageType type = MessageType::frame;
  DeviceId device{};
  std::uint16_t stream = 0;
  bool is_signed = false;     // a signature of the device follows; in an announcement: follows every frame
  bool is_padded = false;     // the plaintext ends in ISO 7816-4 padding
  bool is_key_frame = false;  // a decoder can start here
  std::uint8_t codec = 0;     // 1: latentcast bitstream
  SessionId session{};
  std::uint64_t capture_ns = 0;  // since 1970
  ModelHint model{};
  // Clear field 0x80: random bytes of this message, for suite 0xF002.
  std::optional<std::array<std::byte, 16>> hedge;
  std::size_t size = kWireHeaderBytes;  // with clear fields

  bool operator==(const WireHeader&) const = default;
};

inline constexpr std::uint8_t kCodecLatent = 1;

// Writes kWireHeaderBytes; `header.size` says what follows them.
void pack(const WireHeader& header, std::span<std::byte, kWireHeaderBytes> out);

// The clear field of the hedge: its head, behind which the 16 bytes stand.
inline constexpr std::size_t kHedgeFieldBytes = 18;
void pack_hedge_head(std::span<std::byte, 2> out);

// The header at the start of a message, or nothing if it is not one of ours: magic, type, unknown flags,
// reserved bytes, lengths and the clear fields are checked.
std::optional<WireHeader> unpack_wire_header(ByteSpan message);

}  // namespace lc::seal
