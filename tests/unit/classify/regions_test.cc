#include "classify/regions.h"

#include "support/test.h"

using namespace lc;
using namespace lc::classify;

namespace {

std::vector<Rectangle> parts(int width, int height, Region region, int tiles = 2, int step = 2) {
  std::vector<Rectangle> out;
  parts_of(width, height, region, tiles, step, out);
  return out;
}

}  // namespace

TEST_CASE("regions: all, the middle half of each side, a grid") {
  CHECK(parts(640, 480, Region::full) == std::vector<Rectangle>{{0, 0, 640, 480}});
  CHECK(parts(640, 480, Region::center) == std::vector<Rectangle>{{160, 120, 320, 240}});
  CHECK(parts(640, 480, Region::tiles) ==
        std::vector<Rectangle>{{0, 0, 320, 240}, {320, 0, 320, 240}, {0, 240, 320, 240}, {320, 240, 320, 240}});
  CHECK(parts(7, 5, Region::tiles, 1, 1) == std::vector<Rectangle>{{0, 0, 7, 5}});
}

TEST_CASE("regions: parts have one size, lie inside on multiples of the step, and leave less than a step uncovered") {
  for (const int width : {1, 2, 3, 15, 16, 17, 641})
    for (const int tiles : {1, 2, 3, 8})
      for (const int step : {1, 2}) {
        CAPTURE(width);
        CAPTURE(tiles);
        CAPTURE(step);
        const auto all = parts(width, 9, Region::tiles, tiles, step);
        REQUIRE(all.size() == static_cast<std::size_t>(tiles * tiles));
        int covered = 0;
        for (int i = 0; i < tiles; ++i) {
          const Rectangle& part = all[static_cast<std::size_t>(i)];
          CHECK(part.width == all[0].width);
          CHECK(part.width >= 1);
          CHECK(part.x % step == 0);
          CHECK(part.x <= covered);
          covered = part.x + part.width;
          CHECK(covered <= width);
        }
        CHECK(width - covered < step);
        const Rectangle middle = parts(width, 9, Region::center, tiles, step)[0];
        CHECK(middle.x % step == 0);
        CHECK(middle.x + middle.width <= width);
      }
}
