// Puts buffers that are alive at different times into the same memory.
#pragma once

#include <cstddef>
#include <vector>

namespace lc::nn {

struct Lifetime {
  std::size_t bytes;
  int first, last;         // steps at which it is written first and read last, both included
  std::size_t offset = 0;  // result, a multiple of kAlignment
};
inline constexpr std::size_t kAlignment = 64;  // bytes: a cache line and an AVX-512 register

// Sets the offsets, and returns the size of the memory they need together. Largest first, each into the
// lowest gap.
std::size_t place(std::vector<Lifetime>& buffers);

}  // namespace lc::nn
