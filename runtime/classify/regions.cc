#include "classify/regions.h"

#include <algorithm>

namespace lc::classify {
namespace {

// The part of a side that is `1 / parts` of it, and where the k-th begins.
struct Side {
  int length, size, parts, step;

  Side(int whole, int count, int multiple) : length(whole), parts(count), step(multiple) {
    const int share = (whole + count - 1) / count;
    size = std::min(whole, (share + multiple - 1) / multiple * multiple);
  }
  int begin(int k) const { return parts == 1 ? 0 : k * (length - size) / (parts - 1) / step * step; }
};

}  // namespace

void parts_of(int width, int height, Region region, int tiles, int step, std::vector<Rectangle>& out) {
  out.clear();
  if (region == Region::full) return out.push_back({0, 0, width, height});
  const int count = region == Region::center ? 2 : tiles;
  const Side across(width, count, step), down(height, count, step);
  if (region == Region::center) {
    const auto middle = [&](const Side& side) { return (side.length - side.size) / 2 / step * step; };
    return out.push_back({middle(across), middle(down), across.size, down.size});
  }
  for (int row = 0; row < count; ++row)
    for (int column = 0; column < count; ++column)
      out.push_back({across.begin(column), down.begin(row), across.size, down.size});
}

}  // namespace lc::classify
