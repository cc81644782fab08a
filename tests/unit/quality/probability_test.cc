#include "quality/probability.h"

#include "support/test.h"

using namespace lc::quality;
using doctest::Approx;

TEST_CASE("probability: the incomplete gamma function has its closed forms") {
  for (const double x : {0.0, 0.1, 0.9, 1.0, 2.5, 7.0, 40.0}) {
    CHECK(upper_gamma(1, x) == Approx(std::exp(-x)).epsilon(1e-12));
    CHECK(upper_gamma(0.5, x) == Approx(std::erfc(std::sqrt(x))).epsilon(1e-12));
    CHECK(upper_gamma(3, x) == Approx(std::exp(-x) * (1 + x + x * x / 2)).epsilon(1e-12));
  }
  CHECK(upper_gamma(127.5, 0) == 1);
}

TEST_CASE("probability: chi-square with 255 degrees has the critical values of the tables") {
  CHECK(chi_square_critical(0.05, 255) == Approx(293.2478).epsilon(1e-6));
  CHECK(chi_square_critical(0.01, 255) == Approx(310.4574).epsilon(1e-6));
  CHECK(chi_square_critical(0.001, 255) == Approx(330.5197).epsilon(1e-6));
  CHECK(chi_square_tail(293.2478, 255) == Approx(0.05).epsilon(1e-4));
}

TEST_CASE("probability: quantiles of the normal distribution undo its distribution function") {
  CHECK(normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-12));
  CHECK(normal_quantile(0.05) == Approx(-1.6448536269514722).epsilon(1e-12));
  for (const double p : {1e-9, 0.001, 0.3, 0.5, 0.9, 0.99999}) CHECK(normal_cdf(normal_quantile(p)) == Approx(p));
  const Interval interval = normal_interval(10, 2, 0.05);
  CHECK(interval.low == Approx(10 - 2 * 1.959963984540054));
  CHECK(interval.contains(13.9));
  CHECK_FALSE(interval.contains(14));
}
