#include "quality/differential.h"

#include <cmath>
#include <cstdlib>

namespace lc::quality {

Differential differential(ByteSpan a, ByteSpan b) {
  LC_EXPECT(a.size() == b.size() && !a.empty(), "byte strings of one size are compared");
  std::uint64_t different = 0, sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const int distance = std::abs(std::to_integer<int>(a[i]) - std::to_integer<int>(b[i]));
    different += distance != 0;
    sum += static_cast<unsigned>(distance);
  }
  const auto bytes = static_cast<double>(a.size());
  return {100 * static_cast<double>(different) / bytes, 100 * static_cast<double>(sum) / (255 * bytes)};
}

double npcr_critical(std::size_t bytes, double alpha) {
  constexpr double kF = 255;
  return 100 * (kF + normal_quantile(alpha) * std::sqrt(kF / static_cast<double>(bytes))) / (kF + 1);
}

Interval uaci_critical(std::size_t bytes, double alpha) {
  constexpr double kF = 255;
  const double variance =
      (kF + 2) * (kF * kF + 2 * kF + 3) / (18 * (kF + 1) * (kF + 1) * kF * static_cast<double>(bytes));
  return normal_interval(kIdealUaci, 100 * std::sqrt(variance), alpha);
}

}  // namespace lc::quality
