// bfloat16: the upper half of a float, rounded to nearest, halves to even. NaN stays NaN.
#pragma once

#include <bit>
#include <cstdint>

namespace lc::nn {

using Bf16 = std::uint16_t;

constexpr Bf16 to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<Bf16>(bits >> 16 | 0x40);
  return static_cast<Bf16>((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}
constexpr float from_bf16(Bf16 value) { return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16); }

}  // namespace lc::nn
