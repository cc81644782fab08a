// Answers that do not flicker: the exponential mean of the probabilities over looks.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace lc::classify {

// One mean for each part of the picture.
class Smoothing {
 public:
  // The mean with the new probabilities in it, which add up to 1 as they do. Valid until the next call for this part.
  //   weight  of what was before, 0..1 exclusive; 0: the new ones as they are
  // Allocates only when a part comes for the first time.
  std::span<const float> add(std::size_t part, std::span<const float> probabilities, float weight) {
    if (means_.size() <= part) means_.resize(part + 1);
    std::vector<float>& mean = means_[part];
    const float kept = mean.size() == probabilities.size() ? weight : 0;
    mean.resize(probabilities.size());
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = kept * mean[i] + (1 - kept) * probabilities[i];
    return mean;
  }

  // What comes next has nothing to do with what came before. Keeps the memory.
  void reset() {
    for (auto& mean : means_) mean.clear();
  }

 private:
  std::vector<std::vector<float>> means_;  // by part
};

}  // namespace lc::classify
