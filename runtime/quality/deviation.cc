#include "quality/deviation.h"

#include <cmath>
#include <cstdlib>
#include <numbers>

namespace lc::quality {
namespace {

double distance_from_flat(const Histogram& histogram) {
  const double flat = static_cast<double>(total(histogram)) / 256;
  double sum = 0;
  for (const std::uint64_t count : histogram) sum += std::abs(static_cast<double>(count) - flat);
  return sum;
}

}  // namespace

Deviations deviations(ByteSpan plain, ByteSpan cipher) {
  LC_EXPECT(plain.size() == cipher.size() && !plain.empty(), "byte strings of one size are compared");
  const Histogram before = histogram(plain), after = histogram(cipher);
  Histogram difference{};
  for (std::size_t i = 0; i < plain.size(); ++i)
    ++difference[static_cast<std::size_t>(std::abs(std::to_integer<int>(plain[i]) - std::to_integer<int>(cipher[i])))];
  Deviations out;
  for (std::size_t v = 0; v < 256; ++v)
    out.maximum +=
        std::abs(static_cast<double>(before[v]) - static_cast<double>(after[v])) * (v == 0 || v == 255 ? 0.5 : 1);
  out.irregular = distance_from_flat(difference);
  out.uniformity = distance_from_flat(after) / static_cast<double>(plain.size());
  return out;
}

double random_uniformity(std::size_t bytes) {
  // E|Z| of a normal value is sqrt(2 / pi) deviations; a count has a variance of N / 256 (1 - 1 / 256).
  const auto n = static_cast<double>(bytes);
  return 256 * std::sqrt(2 / std::numbers::pi * (n / 256) * (255.0 / 256)) / n;
}

}  // namespace lc::quality
