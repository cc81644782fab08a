#include "quality/svg_plot.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/result.h"

namespace lc::quality {
namespace {

constexpr double kWidth = 760, kHeight = 500;  // of the picture, in pixels
constexpr double kLeft = 70, kRight = 20, kTop = 44, kBottom = 54;
constexpr std::array kColours{"#c0392b", "#2471a3", "#1e8449", "#8e44ad",
                              "#d68910", "#117a65", "#5d6d7e", "#a04000"};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

struct Axis {
  Ticks ticks;
  double from, to;  // pixels of the first and the last tick
  double place(double value) const {
    return from + (to - from) * (value - ticks.first) / (ticks.step * (ticks.count - 1));
  }
};

bool is_finite(const std::pair<double, double>& p) {
  return std::isfinite(p.first) && std::isfinite(p.second);
}

// Ticks of one coordinate of all points.
template <class Coordinate>
Ticks ticks_of(const Plot& plot, Coordinate coordinate, int wanted) {
  double low = 1e300, high = -1e300;
  for (const PlotCurve& curve : plot.curves)
    for (const auto& p : curve.points)
      if (is_finite(p)) low = std::min(low, coordinate(p)), high = std::max(high, coordinate(p));
  return low <= high ? round_ticks(low, high, wanted) : round_ticks(0, 1, wanted);
}

std::string text(double x, double y, const char* anchor, const std::string& content, const char* more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y, anchor, more,
                     escaped(content));
}

std::string line(double x1, double y1, double x2, double y2, const char* colour) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1,
                     y1, x2, y2, colour);
}

std::string grid(const Axis& x, const Axis& y) {
  std::string out;
  for (int i = 0; i < x.ticks.count; ++i) {
    const double at = x.place(x.ticks.at(i));
    out += line(at, y.from, at, y.to, "#dddddd");
    out += text(at, y.from + 18, "middle", fmt::format("{:.6g}", x.ticks.at(i)));
  }
  for (int i = 0; i < y.ticks.count; ++i) {
    const double at = y.place(y.ticks.at(i));
    out += line(x.from, at, x.to, at, "#dddddd");
    out += text(x.from - 8, at + 4, "end", fmt::format("{:.6g}", y.ticks.at(i)));
  }
  return out + line(x.from, y.from, x.to, y.from, "#333333") + line(x.from, y.from, x.from, y.to, "#333333");
}

std::string drawn(const PlotCurve& curve, const Axis& x, const Axis& y, const char* colour) {
  std::string path, dots;
  for (const auto& p : curve.points) {
    if (!is_finite(p)) continue;
    const double px = x.place(p.first), py = y.place(p.second);
    path += fmt::format("{}{:.1f},{:.1f}", path.empty() ? "" : " ", px, py);
    dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>\n", px, py, colour);
  }
  return fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n", path,
                     colour) +
         dots;
}

}  // namespace

Ticks round_ticks(double low, double high, int wanted) {
  LC_EXPECT(low <= high && wanted > 0, "an axis runs from low to high");
  if (high - low < 1e-12 * std::max(std::abs(low), 1.0)) low -= 0.5, high += 0.5;
  const double rough = (high - low) / wanted, power = std::pow(10, std::floor(std::log10(rough)));
  const double lead = rough / power;
  const double step = power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
  const double first = std::floor(low / step + 1e-9) * step;
  return {first, step, static_cast<int>(std::ceil((high - first) / step - 1e-9)) + 1};
}

std::string to_svg(const Plot& plot) {
  const Axis x{ticks_of(
                   plot, [](const auto& p) { return p.first; }, 8),
               kLeft, kWidth - kRight};
  const Axis y{ticks_of(
                   plot, [](const auto& p) { return p.second; }, 8),
               kHeight - kBottom, kTop};
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
      kWidth, kHeight);
  out += text(kWidth / 2, 24, "middle", plot.title, " font-size=\"16\"");
  out += grid(x, y);
  out += text((x.from + x.to) / 2, kHeight - 14, "middle", plot.x_label);
  const std::string turned = fmt::format(" transform=\"rotate(-90 18 {:.1f})\"", (y.from + y.to) / 2);
  out += text(18, (y.from + y.to) / 2, "middle", plot.y_label, turned.c_str());
  for (std::size_t i = 0; i < plot.curves.size(); ++i) {
    const char* colour = kColours[i % kColours.size()];
    out += drawn(plot.curves[i], x, y, colour);
    const double at =
        y.from - 16 - 20 * static_cast<double>(plot.curves.size() - 1 - i);  // legend, bottom right
    out += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" stroke-width=\"3\"/>\n",
        x.to - 150, at - 4, x.to - 126, at - 4, colour);
    out += text(x.to - 118, at, "start", plot.curves[i].name);
  }
  return out + "</svg>\n";
}

}  // namespace lc::quality
