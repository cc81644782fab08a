// Copies a few bytes, for which a call of memcpy costs more than the copy.
#pragma once

#include <cstddef>
#include <cstring>

namespace lc::nn {

template <class Byte>
inline void copy_run(Byte* to, const Byte* from, std::size_t n) {
  for (; n >= 16; n -= 16, to += 16, from += 16) std::memcpy(to, from, 16);
  if (n >= 8) {
    std::memcpy(to, from, 8);
    n -= 8, to += 8, from += 8;
  }
  if (n >= 4) {
    std::memcpy(to, from, 4);
    n -= 4, to += 4, from += 4;
  }
  for (; n > 0; --n) *to++ = *from++;
}

}  // namespace lc::nn
