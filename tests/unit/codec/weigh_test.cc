#include "codec/weigh.h"

#include <random>
#include <vector>

#include "support/test.h"

using namespace lc;
using namespace lc::codec;

TEST_CASE("weigh: every kernel gives the integers of the plain one, also at the limits") {
  std::mt19937 random(11);
  NamedWeigh all[3];
  const std::size_t kernels = weighs(all);
  REQUIRE(kernels >= 1);
  CHECK((fastest_weigh() == all[kernels - 1].weigh));
  for (int round = 0; round < 200; ++round) {
    const std::size_t count = 16 * (1 + random() % 32), row_count = random() % (kMaxWeighed + 1);
    const bool at_limits = random() % 3 == 0;
    std::vector<std::vector<std::int16_t>> weights(row_count, std::vector<std::int16_t>(count));
    std::vector<Weighed> rows;
    for (auto& row : weights) {
      for (auto& weight : row)
        weight = static_cast<std::int16_t>(at_limits ? (random() % 2 ? 32767 : -32768) : random());
      rows.push_back({row.data(), static_cast<std::int16_t>(at_limits ? 63 : random() % 64)});
    }
    std::vector<std::int32_t> before(count);
    // Biases, and four neighbours at their limits.
    constexpr std::int32_t kMost = (1 << 28) + 4 * 63 * 32768;
    for (auto& e : before) e = static_cast<std::int32_t>(random() % (2u * kMost)) - kMost;
    auto want = before;
    weigh_plainly(rows.data(), row_count, want.data(), count);
    for (std::size_t k = 0; k < kernels; ++k) {
      CAPTURE(all[k].name);
      auto got = before;
      all[k].weigh(rows.data(), row_count, got.data(), count);
      CHECK(got == want);
    }
  }
}
