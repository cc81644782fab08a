// The header of an SFrame ciphertext (RFC 9605, section 4.3): which key (KID) and which counter (CTR).
//
//   bit   7 6 5 4 3 2 1 0
//         X K K K Y C C C    X = 0: K is the KID (0..7);  X = 1: the KID follows in K + 1 bytes
//                            Y = 0: C is the CTR (0..7);  Y = 1: the CTR follows, after the KID
//
// Numbers are big-endian and as short as possible; any longer form is refused, also a byte of its own for
// 0..7.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"

namespace lc::seal {

inline constexpr std::size_t kMaxSframeHeaderBytes = 17;

struct SframeHeader {
  std::uint64_t kid = 0;
  std::uint64_t ctr = 0;
  bool operator==(const SframeHeader&) const = default;
};

// Writes 1..17 bytes and says how many.
std::size_t pack(const SframeHeader& header, std::span<std::byte, kMaxSframeHeaderBytes> out);

struct UnpackedSframeHeader {
  SframeHeader header;
  std::size_t size = 0;  // bytes of the header as received; authenticate those, never a re-encoding
};

// The header at the start of `bytes`, or nothing if it ends early or is not minimal.
std::optional<UnpackedSframeHeader> unpack_sframe_header(ByteSpan bytes);

}  // namespace lc::seal
