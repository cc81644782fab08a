// Bjontegaard delta rate: how many per cent more (+) or fewer (-) bits one codec needs than another at equal
// quality.
//
// log(rate) as a function of quality is interpolated by PCHIP (Fritsch and Carlson 1980; Fritsch and Butland
// 1984, with the three-point ends that SciPy and MATLAB have), and its mean difference taken over a range of
// quality.
#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"

namespace lc::quality {

// Monotone piecewise cubic through (x, y). It does not overshoot its points.
class Pchip {
 public:
  // errors  invalid_config: fewer than two points, or x not increasing
  static Result<Pchip> create(std::vector<double> x, std::vector<double> y);

  double low() const { return x_.front(); }
  double high() const { return x_.back(); }
  // Beyond the ends: the value at the end.
  double at(double x) const;
  // Exact, low() <= from <= to <= high().
  double integral(double from, double to) const;

 private:
  Pchip() = default;
  std::size_t piece_of(double x) const;
  double in_piece(std::size_t i, double x) const;
  std::vector<double> x_, y_, slope_;
};

struct RatePoint {
  double bpp = 0, quality = 0;  // quality in dB: PSNR, or ms_ssim_db
};

// Rate over quality of one codec. Points may come in any order; one that costs no fewer bits than a better
// one is left out.
class RateCurve {
 public:
  // errors  invalid_config: fewer than two useful points, or a rate that is not positive
  static Result<RateCurve> create(std::vector<RatePoint> points);

  double low() const { return log_rate_.low(); }
  double high() const { return log_rate_.high(); }
  // Bits a pixel at this quality. errors  not_found outside low()..high()
  Result<double> bpp_at(double quality) const;
  const Pchip& log_rate() const { return log_rate_; }

 private:
  explicit RateCurve(Pchip log_rate) : log_rate_(std::move(log_rate)) {}
  Pchip log_rate_;
};

struct BdRate {
  double percent;    // -40 = the tested codec needs 40 % fewer bits than the anchor
  double low, high;  // the range of quality it is the mean of
};

// Over the range that both curves cover, clipped to low..high.
// errors  not_found: they have less than 1 dB in common there
Result<BdRate> bd_rate(const RateCurve& anchor, const RateCurve& tested, double low, double high);

}  // namespace lc::quality
