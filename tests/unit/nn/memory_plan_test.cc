#include "nn/memory_plan.h"

#include <random>

#include "support/test.h"

using namespace lc::nn;

TEST_CASE("memory plan: what is alive together never overlaps, what is not shares") {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> buffers;
    for (unsigned n = random() % 20; n > 0; --n) {
      const int first = static_cast<int>(random() % 10);
      buffers.push_back({1 + random() % 1000, first, first + static_cast<int>(random() % 4)});
    }
    const std::size_t total = place(buffers);
    for (const Lifetime& a : buffers) {
      CHECK(a.offset % kAlignment == 0);
      CHECK(a.offset + a.bytes <= total);
      for (const Lifetime& b : buffers) {
        if (&a == &b || a.last < b.first || b.last < a.first) continue;
        CHECK((a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset));
      }
    }
  }
  std::vector<Lifetime> chain{{640, 0, 1}, {640, 1, 2}, {640, 2, 3}, {640, 3, 4}};
  CHECK(place(chain) == 1280);
}
