// How well a classifier does: confusion matrix, accuracy, precision, recall, F1, and the ROC curve of a score.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace lc::quality {

// Classes are 0..classes-1. A share whose denominator is zero is 0 (nothing was predicted, or nothing was there).
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::size_t classes);

  void add(std::size_t truth, std::size_t predicted, std::uint64_t count = 1);

  std::size_t classes() const { return classes_; }
  std::uint64_t count(std::size_t truth, std::size_t predicted) const { return counts_[truth * classes_ + predicted]; }
  std::uint64_t total() const;

  double accuracy() const;
  double precision(std::size_t of) const;  // of what was called so, the share that is
  double recall(std::size_t of) const;     // of what is so, the share that was called so
  double f1(std::size_t of) const;
  // The plain means over classes.
  double macro_precision() const;
  double macro_recall() const;
  double macro_f1() const;

 private:
  double mean_of(double (ConfusionMatrix::*measure)(std::size_t of) const) const;

  std::size_t classes_;
  std::vector<std::uint64_t> counts_;  // [truth][predicted]
};

struct Scored {
  double score = 0;  // finite; the higher, the more the sample is thought positive
  bool is_positive = false;
};

struct Roc {
  std::vector<std::pair<double, double>> points;  // false and true positive rate, from (0, 0) to (1, 1)
  double auc = 0;                                 // 0..1; equal scores count half
};
// At least one positive and one negative sample.
Roc roc(std::span<const Scored> samples);

}  // namespace lc::quality
