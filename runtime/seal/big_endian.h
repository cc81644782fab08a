// Big-endian integers at fixed places, for headers that were measured before they are read.
#pragma once

#include <concepts>
#include <cstddef>

namespace lc::seal {

template <std::unsigned_integral T>
void put_big(std::byte* out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out[i] = static_cast<std::byte>(value >> (8 * (sizeof(T) - 1 - i)));
}

template <std::unsigned_integral T>
T get_big(const std::byte* in) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>((value << 7 << 1) | std::to_integer<T>(in[i]));
  return value;
}

}  // namespace lc::seal
