#include "engine/histogram.h"

#include <algorithm>
#include <cmath>

namespace lc::engine {
namespace {

const double kStep = std::log(1.01);

}  // namespace

void Histogram::add(double value) {
  const double bin = value > kLowest ? std::floor(std::log(value / kLowest) / kStep) : 0;
  ++bins_[static_cast<std::size_t>(std::min(bin, double{kBins - 1}))];
  ++count_;
}

std::optional<double> Histogram::percentile(double share) const {
  if (count_ == 0) return std::nullopt;
  const auto wanted =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBins; ++i) {
    seen += bins_[i];
    if (seen >= wanted) return kLowest * std::exp((static_cast<double>(i) + 0.5) * kStep);
  }
  return kLowest * std::exp(double{kBins} * kStep);
}

}  // namespace lc::engine
