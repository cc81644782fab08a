#include "quality/bd_rate.h"

#include <algorithm>
#include <cmath>

namespace lc::quality {
namespace {

// Slope at an end from the first two pieces (widths h0, h1; secants d0, d1), kept shape-preserving.
double end_slope(double h0, double h1, double d0, double d1) {
  const double slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1);
  if (slope * d0 <= 0) return 0;
  if (d0 * d1 <= 0 && std::abs(slope) > 3 * std::abs(d0)) return 3 * d0;
  return slope;
}

std::vector<double> pchip_slopes(const std::vector<double>& x, const std::vector<double>& y) {
  const std::size_t n = x.size();
  std::vector<double> h(n - 1), d(n - 1), slope(n);
  for (std::size_t i = 0; i + 1 < n; ++i) {
    h[i] = x[i + 1] - x[i];
    d[i] = (y[i + 1] - y[i]) / h[i];
  }
  if (n == 2) return {d[0], d[0]};
  slope.front() = end_slope(h[0], h[1], d[0], d[1]);
  slope.back() = end_slope(h[n - 2], h[n - 3], d[n - 2], d[n - 3]);
  for (std::size_t i = 1; i + 1 < n; ++i) {
    if (d[i - 1] * d[i] <= 0) continue;  // a turning point is flat
    const double before = 2 * h[i] + h[i - 1], after = h[i] + 2 * h[i - 1];
    slope[i] = (before + after) / (before / d[i - 1] + after / d[i]);
  }
  return slope;
}

}  // namespace

Result<Pchip> Pchip::create(std::vector<double> x, std::vector<double> y) {
  LC_EXPECT(x.size() == y.size(), "as many x as y");
  if (x.size() < 2)
    return fail(Errc::invalid_config, "a curve needs two points or more, there is {}", x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!std::isfinite(x[i]) || !std::isfinite(y[i]) || (i > 0 && x[i] <= x[i - 1]))
      return fail(Errc::invalid_config,
                  "point {} of a curve is not finite or not to the right of the one before", i);
  Pchip out;
  out.slope_ = pchip_slopes(x, y);
  out.x_ = std::move(x);
  out.y_ = std::move(y);
  return out;
}

std::size_t Pchip::piece_of(double x) const {
  const auto after = std::upper_bound(x_.begin() + 1, x_.end() - 1, x);
  return static_cast<std::size_t>(after - x_.begin()) - 1;
}

double Pchip::in_piece(std::size_t i, double x) const {
  const double h = x_[i + 1] - x_[i], t = (x - x_[i]) / h, u = 1 - t;
  return u * u * ((1 + 2 * t) * y_[i] + t * h * slope_[i]) +
         t * t * ((1 + 2 * u) * y_[i + 1] - u * h * slope_[i + 1]);
}

double Pchip::at(double x) const {
  x = std::clamp(x, low(), high());
  return in_piece(piece_of(x), x);
}

double Pchip::integral(double from, double to) const {
  LC_EXPECT(low() <= from && from <= to && to <= high(), "the range lies within the curve");
  double sum = 0;
  for (std::size_t i = piece_of(from); i <= piece_of(to); ++i) {
    const double a = std::max(from, x_[i]), b = std::min(to, x_[i + 1]);
    sum += (b - a) / 6 *
           (in_piece(i, a) + 4 * in_piece(i, (a + b) / 2) + in_piece(i, b));  // Simpson: exact for cubics
  }
  return sum;
}

Result<RateCurve> RateCurve::create(std::vector<RatePoint> points) {
  for (const RatePoint& p : points)
    if (!(p.bpp > 0) || !std::isfinite(p.bpp))
      return fail(Errc::invalid_config, "a rate of {} bits a pixel", p.bpp);
  std::sort(points.begin(), points.end(),
            [](const RatePoint& a, const RatePoint& b) { return a.quality > b.quality; });
  std::vector<double> quality, log_rate;
  for (const RatePoint& p : points) {  // from the best downwards
    const double rate = std::log(p.bpp);
    if (!quality.empty() && (rate >= log_rate.back() || p.quality >= quality.back())) continue;
    quality.push_back(p.quality);
    log_rate.push_back(rate);
  }
  std::reverse(quality.begin(), quality.end());
  std::reverse(log_rate.begin(), log_rate.end());
  return RateCurve(LC_TRY(Pchip::create(std::move(quality), std::move(log_rate))));
}

Result<double> RateCurve::bpp_at(double quality) const {
  if (quality < low() || quality > high())
    return fail(Errc::not_found, "{:.2f} dB lies outside the curve ({:.2f} to {:.2f} dB)", quality, low(),
                high());
  return std::exp(log_rate_.at(quality));
}

Result<BdRate> bd_rate(const RateCurve& anchor, const RateCurve& tested, double low, double high) {
  low = std::max({low, anchor.low(), tested.low()});
  high = std::min({high, anchor.high(), tested.high()});
  if (high - low < 1)
    return fail(Errc::not_found,
                "the curves have less than 1 dB in common: add qualities ({:.1f} to {:.1f} dB, and {:.1f} to "
                "{:.1f} dB)",
                anchor.low(), anchor.high(), tested.low(), tested.high());
  const double difference =
      (tested.log_rate().integral(low, high) - anchor.log_rate().integral(low, high)) / (high - low);
  return BdRate{100 * (std::exp(difference) - 1), low, high};
}

}  // namespace lc::quality
