// Exp-Golomb codes of order k in plain bits through rANS, for magnitudes beyond a table's symbols.
//
// value + 2^k = x, n = floor(log2 x): n - k ones, a zero, the n low bits of x, most significant first.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "entropy/rans.h"

namespace lc::entropy {

inline constexpr int kMaxEscapeOrder = 12;
// Longest codes have n = 16: values up to 2^17 - 2^k - 1.
inline constexpr int kMaxEscapeBits = 16;

inline void put_escape(RansEncoder& encoder, std::uint32_t value, int order) {
  const std::uint32_t x = value + (1u << order);
  const int bits = std::bit_width(x) - 1;
  LC_EXPECT(bits <= kMaxEscapeBits, "an escaped value is below 2^17 - 2^k");
  for (int i = order; i < bits; ++i) encoder.put_bits(1, 1);
  encoder.put_bits(0, 1);
  for (int i = bits - 1; i >= 0; --i) encoder.put_bits((x >> i) & 1, 1);
}

// Nothing when the code is longer than any the encoder writes.
inline std::optional<std::uint32_t> take_escape(RansDecoder& decoder, int order) {
  int bits = order;
  while (decoder.take_bits(1) != 0)
    if (++bits > kMaxEscapeBits) return std::nullopt;
  std::uint32_t x = 1;
  for (int i = 0; i < bits; ++i) x = x << 1 | decoder.take_bits(1);
  return x - (1u << order);
}

}  // namespace lc::entropy
