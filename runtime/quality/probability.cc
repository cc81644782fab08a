#include "quality/probability.h"

#include <cmath>
#include <limits>

#include "base/result.h"

namespace lc::quality {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

// The inverse of a monotone function on low..high.
template <class Function>
double bisect(Function f, double target, double low, double high) {
  const bool rises = f(high) > f(low);
  for (int i = 0; i < 200 && high - low > kEpsilon * std::abs(high); ++i) {
    const double middle = (low + high) / 2;
    ((f(middle) < target) == rises ? low : high) = middle;
  }
  return (low + high) / 2;
}

double lower_gamma_series(double a, double x) {
  double term = 1 / a, sum = term;
  for (double n = a + 1; term > sum * kEpsilon; ++n) sum += term *= x / n;
  return sum * std::exp(a * std::log(x) - x - std::lgamma(a));
}

double upper_gamma_fraction(double a, double x) {
  constexpr double kTiny = 1e-300;
  double b = x + 1 - a, c = 1 / kTiny, d = 1 / b, product = d;
  for (int i = 1; i < 100000; ++i) {
    const double an = -i * (i - a);
    b += 2;
    d = an * d + b;
    if (std::abs(d) < kTiny) d = kTiny;
    c = b + an / c;
    if (std::abs(c) < kTiny) c = kTiny;
    d = 1 / d;
    product *= d * c;
    if (std::abs(d * c - 1) < 4 * kEpsilon) break;
  }
  return product * std::exp(a * std::log(x) - x - std::lgamma(a));
}

}  // namespace

double upper_gamma(double a, double x) {
  LC_EXPECT(a > 0 && x >= 0, "Q(a, x) has a > 0 and x >= 0");
  if (x == 0) return 1;
  return x < a + 1 ? 1 - lower_gamma_series(a, x) : upper_gamma_fraction(a, x);
}

double chi_square_tail(double value, double freedom) { return upper_gamma(freedom / 2, value / 2); }

double chi_square_critical(double alpha, double freedom) {
  LC_EXPECT(alpha > 0 && alpha < 1, "a probability between 0 and 1");
  return bisect([&](double x) { return chi_square_tail(x, freedom); }, alpha, 0,
                freedom + 60 * std::sqrt(freedom) + 1500);
}

double normal_cdf(double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; }

double normal_quantile(double p) {
  LC_EXPECT(p > 0 && p < 1, "a probability between 0 and 1");
  return bisect(normal_cdf, p, -39, 39);
}

Interval normal_interval(double mean, double deviation, double alpha) {
  const double reach = normal_quantile(1 - alpha / 2) * deviation;
  return {mean - reach, mean + reach};
}

}  // namespace lc::quality
