#include "nn/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace lc::nn {

std::size_t place(std::vector<Lifetime>& buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  std::size_t total = 0;
  std::vector<const Lifetime*> placed, near;
  for (std::size_t index : order) {
    Lifetime& b = buffers[index];
    near.clear();
    for (const Lifetime* other : placed)
      if (other->first <= b.last && b.first <= other->last) near.push_back(other);
    std::sort(near.begin(), near.end(),
              [](const Lifetime* x, const Lifetime* y) { return x->offset < y->offset; });
    b.offset = 0;
    for (const Lifetime* other : near) {
      if (b.offset + b.bytes <= other->offset) break;
      b.offset =
          std::max(b.offset, (other->offset + other->bytes + kAlignment - 1) / kAlignment * kAlignment);
    }
    total = std::max(total, b.offset + b.bytes);
    placed.push_back(&b);
  }
  return (total + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace lc::nn
