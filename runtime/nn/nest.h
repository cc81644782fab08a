// A loop nest over several tensors at once: extents, and for each tensor a stride per loop. Whatever only
// moves or combines elements (copies, broadcasting arithmetic, means) is one of these.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/result.h"

namespace lc::nn {

template <std::size_t Tensors>
struct Nest {
  struct Loop {
    std::int64_t extent;
    std::array<std::int64_t, Tensors> stride;  // in elements
  };
  static constexpr std::size_t kMaxLoops = 12;

  std::array<Loop, kMaxLoops> loops{};  // outermost first
  std::size_t depth = 0;

  // Adds a loop inside those there are; merged with the one around it where both walk as one.
  void add(std::int64_t extent, const std::array<std::int64_t, Tensors>& stride) {
    if (extent == 1) return;
    if (depth > 0) {
      Loop& outer = loops[depth - 1];
      bool merges = true;
      for (std::size_t t = 0; t < Tensors; ++t) merges = merges && outer.stride[t] == stride[t] * extent;
      if (merges) {
        outer = {outer.extent * extent, stride};
        return;
      }
    }
    LC_EXPECT(depth < kMaxLoops, "a nest has at most twelve loops");
    loops[depth++] = {extent, stride};
  }

  // Calls f(offsets, innermost loop) for each turn of all loops but the innermost.
  template <class F>
  void run(F f) const {
    std::array<std::int64_t, Tensors> offset{};
    if (depth == 0) {
      f(offset, Loop{1, {}});
      return;
    }
    std::array<std::int64_t, kMaxLoops> turn{};
    for (;;) {
      f(offset, loops[depth - 1]);
      std::size_t i = depth - 1;
      while (i-- > 0) {
        const Loop& loop = loops[i];
        for (std::size_t t = 0; t < Tensors; ++t) offset[t] += loop.stride[t];
        if (++turn[i] < loop.extent) break;
        for (std::size_t t = 0; t < Tensors; ++t) offset[t] -= loop.stride[t] * loop.extent;
        turn[i] = 0;
        if (i == 0) return;
      }
      if (depth == 1) return;
    }
  }
};

}  // namespace lc::nn
