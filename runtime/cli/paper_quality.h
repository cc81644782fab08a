// How far pictures are from what they were, and what a classifier makes of both.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "classify/classifier.h"
#include "quality/classification.h"
#include "tensor/image.h"

namespace lc::cli {

// Means over pictures of one size, gray8 or rgb. mse and mae of samples in 0..1.
struct Distance {
  double mse = 0, mae = 0, ssim = 0;
  double psnr() const;  // dB, of the mean error
};
Distance distance(std::span<const Image> a, std::span<const Image> b);

// A classifier on one kind of picture, against the labels of the data set.
struct Diagnosis {
  quality::ConfusionMatrix matrix;
  std::optional<quality::Roc> roc;  // of two classes, by the probability of the second
};
//   truth   a class of each picture
//   errors  invalid_config: a class that the classifier does not have; backend
Result<Diagnosis> diagnose(classify::Classifier& classifier, std::span<const Image> pictures,
                           std::span<const int> truth);
//   look    lets the classifier look at the thing of this number, of as many as `truth` has
using Look = std::function<Result<>(std::size_t, const classify::LookOptions&, classify::Labels&)>;
Result<Diagnosis> diagnose(classify::Classifier& classifier, const Look& look, std::span<const int> truth);

// The numbers of a report, in their order.
struct PaperMeasure {
  std::string name, unit;  // "retrieved_psnr", "dB"
  double value = 0;
};
class Measures {
 public:
  void add(std::string name, double value, std::string unit = "") {
    all_.push_back({std::move(name), std::move(unit), value});
  }
  // Of retrieved pictures: retrieved_psnr, _ssim, _mse, _mae.
  void add_retrieved(const Distance& distance);
  // Of a picture, all means: raw, its latent, what is sent of it without and with the framing of packets; what 25 of
  // them take at 100 Mbit/s, and how many times faster what is sent is there than the raw picture.
  void add_sizes(double picture, double latent, double sent, double packet);
  // "<kind>_accuracy", _precision, _recall, _f1, _auc, in per cent; of two classes, of the second, else means.
  void add(const Diagnosis& diagnosis, const std::string& kind);
  const PaperMeasure* find(const std::string& name) const;
  const std::vector<PaperMeasure>& all() const { return all_; }

 private:
  std::vector<PaperMeasure> all_;
};

}  // namespace lc::cli
