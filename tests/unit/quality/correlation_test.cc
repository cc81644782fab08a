#include "quality/correlation.h"

#include "quality/png.h"
#include "support.h"

using namespace lc;
using namespace lc::quality;
using doctest::Approx;

TEST_CASE("correlation: neighbours by direction") {
  Image stripes = Image::make(PixelFormat::gray8, 8, 6);  // columns 0 9 0 9 ...
  for (int y = 0; y < 6; ++y)
    for (int x = 0; x < 8; ++x) stripes.mutable_view().row(0, y)[x] = x % 2 ? 9 : 0;
  const Correlation across = adjacent_correlation(stripes.view(), Direction::horizontal);
  CHECK(across.pairs == 7 * 6);
  CHECK(across.r == Approx(-1));
  CHECK(adjacent_correlation(stripes.view(), Direction::vertical).r == Approx(1));
  CHECK(adjacent_correlation(stripes.view(), Direction::vertical).pairs == 8 * 5);
  CHECK(adjacent_correlation(stripes.view(), Direction::diagonal).r == Approx(-1));
  CHECK(adjacent_correlation(stripes.view(), Direction::diagonal).pairs == 7 * 5);
  const Image flat = test::flat_image(PixelFormat::rgb, 5, 5, 77);
  CHECK(adjacent_correlation(flat.view(), Direction::diagonal).r == 0);
  CHECK(adjacent_correlation(flat.view(), Direction::horizontal).pairs == 3 * 4 * 5);
}

TEST_CASE("correlation: random samples are within the bound, photographs are near 1") {
  const Image noise = test::random_image(PixelFormat::rgb, 256, 256, 4);
  for (const Direction d : {Direction::horizontal, Direction::vertical, Direction::diagonal}) {
    const Correlation c = adjacent_correlation(noise.view(), d);
    CHECK(std::abs(c.r) < 2 * c.bound());
  }
  const auto path = test::shared("data/kodak/kodim23.png");
  if (!path) LC_SKIP("no data/kodak in the shared data");
  const Image photo = load_png(*path).value();
  CHECK(adjacent_correlation(photo.view(), Direction::horizontal).r > 0.97);
  CHECK(adjacent_correlation(photo.view(), Direction::diagonal).r > 0.95);
}
