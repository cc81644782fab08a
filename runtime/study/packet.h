// How a studied ciphertext travels: with a magic of its own, so that nothing that takes sealed messages takes it, and
// nothing is secret but the payload, and that only as far as its cipher goes.
//
//   "LCX1", then big-endian
//   u8      length of the cipher's name, the name; u8 length of its variant, the variant
//   u16     length of the caps of the plaintext, the caps
//   u32 u32 u8 u8   width, height, channels, sample (0 bytes, 1 floats) of the plaintext
//   payload, to the end
#pragma once

#include <string_view>

#include "study/cipher.h"

namespace lc::study {

inline constexpr std::string_view kPacketMagic = "LCX1";
inline constexpr std::size_t kMaxPlainBytes = std::size_t{256} << 20;

struct Packet {
  std::string_view cipher, variant, description;  // lent
  Shape shape;
  ByteSpan payload;
};

// Replaces `out`. Names are shorter than 256 bytes, the description than 65536.
void pack_packet(const Packet& packet, Bytes& out);

// Views into `message`.
//   errors  bad_format: no such packet; truncated; corrupt: a shape that cannot be, or of more than kMaxPlainBytes
Result<Packet> unpack_packet(ByteSpan message);

}  // namespace lc::study
