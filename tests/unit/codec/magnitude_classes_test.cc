#include "codec/magnitude_classes.h"

#include <algorithm>
#include <random>

#include "support/test.h"

using namespace lc;

TEST_CASE("magnitude classes: count the thresholds at or below") {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::int32_t> thresholds(static_cast<std::size_t>(random() % 64));
    for (auto& t : thresholds) t = static_cast<std::int32_t>(random() % ((1u << 24) + 1)) >> (random() % 24);
    if (thresholds.size() > 3) thresholds[0] = 0, thresholds[1] = 1 << 24, thresholds[2] = thresholds[3];
    std::sort(thresholds.begin(), thresholds.end());
    const codec::MagnitudeClasses classes(thresholds);
    CHECK(classes.count() == static_cast<int>(thresholds.size()) + 1);
    std::vector<std::int32_t> probes = {0, 1, 7, 8, 15, 16, 1 << 24, 1 << 27};
    for (std::int32_t t : thresholds)
      for (std::int32_t near : {t - 1, t, t + 1}) probes.push_back(std::max(near, 0));
    for (std::int32_t x : probes) {
      CAPTURE(x);
      CHECK(classes.of(x) ==
            std::count_if(thresholds.begin(), thresholds.end(), [x](int t) { return t <= x; }));
    }
  }
}
