#include "study/steganalysis.h"

#include <array>
#include <cmath>
#include <cstdlib>

#include "quality/histogram.h"
#include "quality/probability.h"

namespace lc::study {
namespace {

using Group = std::array<int, 4>;

int roughness(const Group& g) { return std::abs(g[1] - g[0]) + std::abs(g[2] - g[1]) + std::abs(g[3] - g[2]); }

// 0 <-> 1, 2 <-> 3 ... and its shifted twin -1 <-> 0, 1 <-> 2 ...
int flipped(int v) { return v ^ 1; }
int flipped_down(int v) { return ((v + 1) ^ 1) - 1; }

// Regular less singular groups, as shares of all, under the mask 0110 with one kind of flipping.
struct Balance {
  double up = 0, down = 0;
};

Balance balance_of(const Image& picture, bool all_flipped) {
  const int step = row_bytes(picture.format(), 0, 1);
  Balance sum;
  double groups = 0;
  for (int y = 0; y < picture.height(); ++y) {
    const std::uint8_t* row = picture.view().row(0, y);
    for (int c = 0; c < step; ++c)
      for (int x = 0; x + 4 <= picture.width(); x += 4, ++groups) {
        Group g;
        for (int i = 0; i < 4; ++i) g[static_cast<std::size_t>(i)] = row[(x + i) * step + c] ^ int { all_flipped };
        const int before = roughness(g);
        const int up = roughness({g[0], flipped(g[1]), flipped(g[2]), g[3]});
        const int down = roughness({g[0], flipped_down(g[1]), flipped_down(g[2]), g[3]});
        sum.up += up > before ? 1 : up < before ? -1 : 0;
        sum.down += down > before ? 1 : down < before ? -1 : 0;
      }
  }
  return {sum.up / groups, sum.down / groups};
}

}  // namespace

double pair_chance(ByteSpan first_bytes) {
  const quality::Histogram h = quality::histogram(first_bytes);
  double sum = 0;
  int pairs = 0;
  for (std::size_t i = 0; i < 128; ++i) {
    const double expected = static_cast<double>(h[2 * i] + h[2 * i + 1]) / 2;
    if (expected < 5) continue;
    const double off = static_cast<double>(h[2 * i]) - expected;
    sum += off * off / expected;
    ++pairs;
  }
  return pairs < 2 ? 0 : quality::chi_square_tail(sum, pairs - 1);
}

double rs_rate(const Image& picture) {
  const Balance d0 = balance_of(picture, false), d1 = balance_of(picture, true);
  const double a = 2 * (d1.up + d0.up), b = d0.down - d1.down - d1.up - 3 * d0.up, c = d0.up - d0.down;
  double z;
  if (std::abs(a) < 1e-12) {
    z = std::abs(b) < 1e-12 ? 0 : -c / b;
  } else {
    const double root = std::sqrt(std::max(0.0, b * b - 4 * a * c));
    const double one = (-b + root) / (2 * a), other = (-b - root) / (2 * a);
    z = std::abs(one) < std::abs(other) ? one : other;
  }
  return z / (z - 0.5);
}

}  // namespace lc::study
