// The few distributions that statistical tests need.
#pragma once

namespace lc::quality {

// Q(a, x): the upper part of the regularised incomplete gamma function; a > 0, x >= 0.
//   source  series below a + 1, Lentz's continued fraction above; right to about 1e-13
double upper_gamma(double a, double x);

// P(chi-square with `freedom` degrees > value), and the value that is exceeded with probability `alpha` (0 < alpha <
// 1).
double chi_square_tail(double value, double freedom);
double chi_square_critical(double alpha, double freedom);

// Of the standard normal distribution: P(Z <= z), and its inverse for 0 < p < 1.
double normal_cdf(double z);
double normal_quantile(double p);

struct Interval {
  double low = 0, high = 0;
  bool contains(double value) const { return low <= value && value <= high; }
};

// Where a normal value lies with probability 1 - alpha.
Interval normal_interval(double mean, double deviation, double alpha);

}  // namespace lc::quality
