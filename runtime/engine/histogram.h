// Percentiles of positive numbers in constant memory: logarithmic bins of 1 %.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lc::engine {

class Histogram {
 public:
  // Values below kLowest count as kLowest, above the last bin as the last.
  void add(double value);
  std::uint64_t count() const { return count_; }
  // share in 0..1; the middle of the bin, so right to 0.5 %. Nothing while empty.
  std::optional<double> percentile(double share) const;
  void clear() { *this = {}; }

  static constexpr double kLowest = 0.01;  // ms: a hundredth; the last bin stands for more than ten days

 private:
  static constexpr std::size_t kBins = 2600;
  std::array<std::uint32_t, kBins> bins_{};
  std::uint64_t count_ = 0;
};

}  // namespace lc::engine
