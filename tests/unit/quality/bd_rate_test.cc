#include "quality/bd_rate.h"

#include <fstream>
#include <map>
#include <sstream>

#include "support.h"

using namespace lc;
using namespace lc::quality;

namespace {

const std::vector<RatePoint> kPoints{{0.1, 26}, {0.25, 29}, {0.5, 32}, {1.0, 35.5}, {1.9, 38}, {3.0, 40}};

std::vector<RatePoint> changed(double rate_factor, double shift_db) {
  auto points = kPoints;
  for (RatePoint& p : points) p.bpp *= rate_factor, p.quality += shift_db;
  return points;
}

RateCurve curve(const std::vector<RatePoint>& points) { return RateCurve::create(points).value(); }

}  // namespace

TEST_CASE("pchip: goes through its points with the slopes of Fritsch and Butland") {
  // y = x^2 at 0 1 2. Secants 1 and 3; slope at 1: 6 / (3/1 + 3/3) = 1.5; at 0: (3*1 - 1*3) / 2 = 0; at 2:
  // (3*3 - 1) / 2 = 4.
  const Pchip p = Pchip::create({0, 1, 2}, {0, 1, 4}).value();
  CHECK(p.at(0) == 0);
  CHECK(p.at(1) == doctest::Approx(1));
  CHECK(p.at(2) == 4);
  CHECK(p.at(0.5) == doctest::Approx(0.3125));
  CHECK(p.at(1.5) == doctest::Approx(2.1875));
  CHECK(p.at(-1) == 0);
  CHECK(p.at(9) == 4);
  CHECK(p.integral(0, 1) == doctest::Approx(0.375));
  CHECK(p.integral(0, 2) == doctest::Approx(0.375 + 2.5 - 2.5 / 12));
  CHECK(p.integral(0.25, 1.75) ==
        doctest::Approx(p.integral(0, 2) - p.integral(0, 0.25) - p.integral(1.75, 2)));
  CHECK(p.integral(1, 1) == 0);
}

TEST_CASE("pchip: does not overshoot, and two points make a line") {
  const Pchip step = Pchip::create({0, 1, 2, 3}, {0, 0, 1, 1}).value();
  for (double x = 0; x <= 3; x += 0.01) {
    CHECK(step.at(x) >= 0);
    CHECK(step.at(x) <= 1);
  }
  CHECK(step.at(0.5) == 0);
  const Pchip line = Pchip::create({1, 3}, {2, 6}).value();
  CHECK(line.at(2) == doctest::Approx(4));
}

TEST_CASE("pchip: refuses too few points and x that does not grow") {
  CHECK(Pchip::create({1}, {1}).error().code == Errc::invalid_config);
  CHECK(Pchip::create({1, 1}, {1, 2}).error().code == Errc::invalid_config);
  CHECK(Pchip::create({1, 2}, {1, std::nan("")}).error().code == Errc::invalid_config);
}

TEST_CASE("bd rate: twice the bits are +100 %, half are -50 %, none are 0") {
  const RateCurve anchor = curve(kPoints);
  CHECK(bd_rate(anchor, anchor, 28, 38)->percent == doctest::Approx(0));
  CHECK(bd_rate(anchor, curve(changed(2, 0)), 28, 38)->percent == doctest::Approx(100));
  CHECK(bd_rate(anchor, curve(changed(0.5, 0)), 28, 38)->percent == doctest::Approx(-50));
  CHECK(bd_rate(curve(changed(2, 0)), anchor, 28, 38)->percent == doctest::Approx(-50));
}

TEST_CASE("bd rate: is the mean over the range that both curves have") {
  const auto result = bd_rate(curve(kPoints), curve(changed(1, -3)), 20, 50);
  REQUIRE(result);
  CHECK(result->low == 26);
  CHECK(result->high == 37);
  CHECK(result->percent > 50);
  CHECK(bd_rate(curve(kPoints), curve(changed(1, 13.5)), 20, 60).error().code == Errc::not_found);
}

TEST_CASE("bd rate: exponential curves have the difference of their exponents") {
  // log rate = a + b q on both sides: the mean difference over 30..40 is (a2 - a1) + (b2 - b1) * 35.
  std::vector<RatePoint> one, two;
  for (double q = 30; q <= 40; q += 2)
    one.push_back({std::exp(-3 + 0.10 * q), q}), two.push_back({std::exp(-4 + 0.12 * q), q});
  CHECK(bd_rate(curve(one), curve(two), 30, 40)->percent ==
        doctest::Approx(100 * (std::exp(-1 + 0.02 * 35) - 1)));
}

TEST_CASE("rate curve: order does not matter, useless points are left out, bits are read off") {
  auto points = kPoints;
  std::swap(points[0], points[4]);
  points.push_back({1.2, 34});  // more bits than a better point
  CHECK(bd_rate(curve(kPoints), curve(points), 28, 38)->percent == doctest::Approx(0));
  CHECK(curve(points).bpp_at(32).value() == doctest::Approx(0.5));
  CHECK(curve(points).bpp_at(41).error().code == Errc::not_found);
  CHECK(RateCurve::create({{0, 30}, {1, 35}}).error().code == Errc::invalid_config);
  CHECK(RateCurve::create({{1, 30}, {1, 35}}).error().code == Errc::invalid_config);
}

TEST_CASE("bd rate: published Kodak curves give the published numbers") {
  const auto file = test::shared("research/kodak-anchors.csv");
  if (!file) LC_SKIP("no research/kodak-anchors.csv in the shared data");
  std::map<std::string, std::vector<RatePoint>> points;
  std::ifstream in(*file);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string codec, bpp, psnr;
    std::getline(fields, codec, ',');
    std::getline(fields, bpp, ',');
    std::getline(fields, psnr, ',');
    points[codec].push_back({std::stod(bpp), std::stod(psnr)});
  }
  // The table of research/codec.md, section 1, over 27 to 40 dB, rounded there to a tenth.
  const RateCurve jpeg = curve(points.at("jpeg-turbo-420-opt@here"));
  const auto against_jpeg = [&](const char* codec) {
    return bd_rate(jpeg, curve(points.at(codec)), 27, 40)->percent;
  };
  CHECK(against_jpeg("webp-m4@here") == doctest::Approx(-33.1).epsilon(0.003));
  CHECK(against_jpeg("x264-intra-medium@here") == doctest::Approx(-41.9).epsilon(0.003));
  CHECK(against_jpeg("bmshj2018-factorized") == doctest::Approx(-39.9).epsilon(0.003));
  CHECK(against_jpeg("vtm") == doctest::Approx(-64.0).epsilon(0.003));
  CHECK(jpeg.bpp_at(32).value() == doctest::Approx(0.839).epsilon(0.002));
}
