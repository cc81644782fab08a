// Repeated measurements of one thing, and what is said of them.
#pragma once

#include <algorithm>
#include <vector>

namespace lc::cli {

class Spread {
 public:
  void add(double value) { values_.push_back(value); }
  std::size_t size() const { return values_.size(); }
  // 0 of nothing.
  double median() const {
    if (values_.empty()) return 0;
    auto sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
  double min() const { return values_.empty() ? 0 : *std::min_element(values_.begin(), values_.end()); }
  double mean() const {
    double sum = 0;
    for (const double value : values_) sum += value;
    return values_.empty() ? 0 : sum / static_cast<double>(values_.size());
  }

 private:
  std::vector<double> values_;
};

}  // namespace lc::cli
