#include "quality/correlation.h"

#include <cmath>
#include <cstdint>

#include "base/result.h"

namespace lc::quality {

double Correlation::bound() const { return 1.959963984540054 / std::sqrt(static_cast<double>(pairs)); }

Correlation adjacent_correlation(const ImageView& picture, Direction direction) {
  expect_valid(picture);
  LC_EXPECT(plane_count(picture.format) == 1 && picture.width > 1 && picture.height > 1,
            "rgb or gray8 of two pixels or more each way");
  const int across = direction == Direction::vertical ? 0 : 1, down = direction == Direction::horizontal ? 0 : 1;
  const int channels = row_bytes(picture.format, 0, 1);
  std::uint64_t count = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
  for (int y = 0; y + down < picture.height; ++y) {
    const std::uint8_t* a = picture.row(0, y);
    const std::uint8_t* b = picture.row(0, y + down) + across * channels;
    for (int i = 0; i < (picture.width - across) * channels; ++i) {
      const std::uint64_t p = a[i], q = b[i];
      sx += p, sy += q, sxx += p * p, syy += q * q, sxy += p * q;
    }
    count += static_cast<std::uint64_t>((picture.width - across) * channels);
  }
  const auto n = static_cast<double>(count), mx = static_cast<double>(sx) / n, my = static_cast<double>(sy) / n;
  const double vx = static_cast<double>(sxx) / n - mx * mx, vy = static_cast<double>(syy) / n - my * my;
  const double covariance = static_cast<double>(sxy) / n - mx * my;
  const double r = vx > 1e-9 && vy > 1e-9 ? covariance / std::sqrt(vx * vy) : 0;
  return {r, static_cast<std::size_t>(count)};
}

}  // namespace lc::quality
