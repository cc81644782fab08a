// Curves as an SVG picture: what `latentcast eval --plot` writes. No library, no scripts; any browser shows
// it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lc::quality {

struct PlotCurve {
  std::string name;
  std::vector<std::pair<double, double>> points;  // x, y; joined in this order
};

struct Plot {
  std::string title, x_label, y_label;
  std::vector<PlotCurve> curves;
};

// Axes cover the points and end on round numbers; names stand in a legend. Points that are not finite are
// left out; without any point the axes are 0..1.
std::string to_svg(const Plot& plot);

// Steps of 1, 2 or 5 times a power of ten, about `wanted` of them from low to high; the ends lie outside or
// on both.
struct Ticks {
  double first, step;
  int count;
  double at(int i) const { return first + i * step; }
};
Ticks round_ticks(double low, double high, int wanted);

}  // namespace lc::quality
