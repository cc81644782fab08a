#include "quality/svg_plot.h"

#include "support.h"

using namespace lc::quality;

TEST_CASE("svg plot: ticks are round and enclose the values") {
  const auto check = [](double low, double high, double first, double step, int count) {
    const Ticks t = round_ticks(low, high, 8);
    CHECK(t.first == doctest::Approx(first));
    CHECK(t.step == doctest::Approx(step));
    CHECK(t.count == count);
  };
  check(0, 3.3, 0, 0.5, 8);
  check(23.8, 40.6, 22, 2, 11);
  check(0.1, 0.9, 0.1, 0.1, 9);
  check(-1, 1, -1, 0.2, 11);
  const Ticks single = round_ticks(5, 5, 8);
  CHECK(single.first <= 5);
  CHECK(single.at(single.count - 1) >= 5);
}

TEST_CASE("svg plot: curves have their points and their escaped names") {
  Plot plot{
      "a < b & c", "bits", "dB", {{"one", {{0, 30}, {1, 35}, {2, std::nan("")}}}, {"two<", {{0.5, 31}}}}};
  const std::string svg = to_svg(plot);
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(svg.find("a &lt; b &amp; c") != std::string::npos);
  CHECK(svg.find("two&lt;") != std::string::npos);
  CHECK(svg.find("nan") == std::string::npos);
  std::size_t circles = 0;
  for (std::size_t at = svg.find("<circle"); at != std::string::npos; at = svg.find("<circle", at + 1))
    ++circles;
  CHECK(circles == 3);
  CHECK(to_svg({}).ends_with("</svg>\n"));
}
