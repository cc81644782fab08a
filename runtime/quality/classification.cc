#include "quality/classification.h"

#include <algorithm>
#include <numeric>

#include "base/result.h"

namespace lc::quality {
namespace {

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::size_t classes) : classes_(classes), counts_(classes * classes) {
  LC_EXPECT(classes > 0, "one class or more");
}

void ConfusionMatrix::add(std::size_t truth, std::size_t predicted, std::uint64_t count) {
  LC_EXPECT(truth < classes_ && predicted < classes_, "classes are 0..classes-1");
  counts_[truth * classes_ + predicted] += count;
}

std::uint64_t ConfusionMatrix::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

double ConfusionMatrix::accuracy() const {
  std::uint64_t right = 0;
  for (std::size_t c = 0; c < classes_; ++c) right += count(c, c);
  return share(right, total());
}

double ConfusionMatrix::precision(std::size_t of) const {
  std::uint64_t called = 0;
  for (std::size_t truth = 0; truth < classes_; ++truth) called += count(truth, of);
  return share(count(of, of), called);
}

double ConfusionMatrix::recall(std::size_t of) const {
  std::uint64_t there = 0;
  for (std::size_t predicted = 0; predicted < classes_; ++predicted) there += count(of, predicted);
  return share(count(of, of), there);
}

double ConfusionMatrix::f1(std::size_t of) const {
  const double p = precision(of), r = recall(of);
  return p + r > 0 ? 2 * p * r / (p + r) : 0;
}

double ConfusionMatrix::mean_of(double (ConfusionMatrix::*measure)(std::size_t) const) const {
  double sum = 0;
  for (std::size_t c = 0; c < classes_; ++c) sum += (this->*measure)(c);
  return sum / static_cast<double>(classes_);
}

double ConfusionMatrix::macro_precision() const { return mean_of(&ConfusionMatrix::precision); }
double ConfusionMatrix::macro_recall() const { return mean_of(&ConfusionMatrix::recall); }
double ConfusionMatrix::macro_f1() const { return mean_of(&ConfusionMatrix::f1); }

Roc roc(std::span<const Scored> samples) {
  std::vector<Scored> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end(), [](const Scored& a, const Scored& b) { return a.score > b.score; });
  const auto positives = static_cast<std::size_t>(
      std::count_if(sorted.begin(), sorted.end(), [](const Scored& s) { return s.is_positive; }));
  const std::size_t negatives = sorted.size() - positives;
  LC_EXPECT(positives > 0 && negatives > 0, "a ROC curve needs samples of both kinds");
  Roc out;
  out.points.emplace_back(0, 0);
  std::size_t hits = 0, alarms = 0;
  for (std::size_t i = 0; i < sorted.size();) {
    const double score = sorted[i].score;
    for (; i < sorted.size() && sorted[i].score == score; ++i) ++(sorted[i].is_positive ? hits : alarms);
    const std::pair point{share(alarms, negatives), share(hits, positives)};
    const auto& before = out.points.back();
    out.auc += (point.first - before.first) * (point.second + before.second) / 2;
    out.points.push_back(point);
  }
  return out;
}

}  // namespace lc::quality
