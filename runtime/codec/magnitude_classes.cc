#include "codec/magnitude_classes.h"

#include <algorithm>
#include <limits>

namespace lc::codec {

MagnitudeClasses::MagnitudeClasses(std::span<const std::int32_t> thresholds)
    : limits_(thresholds.begin(), thresholds.end()) {
  limits_.push_back(std::numeric_limits<std::int32_t>::max());
  first_.resize(kKeys);
  for (std::size_t k = 0; k < kKeys; ++k) {
    const auto part = static_cast<std::int64_t>(k % kParts);
    const std::int64_t x = k < kParts ? part : (kParts + part) << (k / kParts - 1);  // the smallest with key k
    const auto at_or_below =
        std::count_if(thresholds.begin(), thresholds.end(), [x](std::int32_t t) { return t <= x; });
    first_[k] = static_cast<std::uint8_t>(at_or_below);
  }
}

}  // namespace lc::codec
