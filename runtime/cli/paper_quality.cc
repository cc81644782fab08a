#include "cli/paper_quality.h"

#include <algorithm>
#include <cmath>

#include "quality/psnr.h"
#include "quality/ssim.h"

namespace lc::cli {

double Distance::psnr() const { return quality::psnr_of_mse(mse * 255 * 255); }

Distance distance(std::span<const Image> a, std::span<const Image> b) {
  Distance out;
  const double share = 1 / static_cast<double>(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto &one = a[i].samples(), &other = b[i].samples();
    double sum = 0;
    for (std::size_t k = 0; k < one.size(); ++k) sum += std::abs(one[k] - other[k]) / 255.0;
    out.mae += share * sum / static_cast<double>(one.size());
    out.mse += share * quality::plane_mse(a[i].view(), b[i].view(), 0) / (255.0 * 255);
    out.ssim += share * quality::ssim(a[i].view(), b[i].view());
  }
  return out;
}

Result<Diagnosis> diagnose(classify::Classifier& classifier, std::span<const Image> pictures,
                           std::span<const int> truth) {
  return diagnose(
      classifier,
      [&](std::size_t i, const classify::LookOptions& look, classify::Labels& out) {
        return classifier.classify(pictures[i].view(), look, out);
      },
      truth);
}

Result<Diagnosis> diagnose(classify::Classifier& classifier, const Look& look, std::span<const int> truth) {
  const std::size_t classes = classifier.manifest().labels.size();
  Diagnosis out{quality::ConfusionMatrix(classes), {}};
  std::vector<quality::Scored> scores;
  classify::Labels labels;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    LC_TRY(look(i, {.top_k = 1, .threshold = 0}, labels));
    if (truth[i] < 0 || static_cast<std::size_t>(truth[i]) >= classes)
      return fail(Errc::invalid_config, "{}: class {} of the data set is none of its {}", classifier.name(), truth[i],
                  classes);
    out.matrix.add(static_cast<std::size_t>(truth[i]), static_cast<std::size_t>(labels.best[0].index));
    if (classes == 2) scores.push_back({static_cast<double>(classifier.probabilities()[1]), truth[i] == 1});
  }
  const auto positives = std::count_if(scores.begin(), scores.end(), [](const auto& s) { return s.is_positive; });
  if (positives > 0 && static_cast<std::size_t>(positives) < scores.size()) out.roc = quality::roc(scores);
  return out;
}

void Measures::add(const Diagnosis& d, const std::string& kind) {
  const bool is_binary = d.matrix.classes() == 2;
  const std::string unit = is_binary ? "%" : "%, mean of classes";
  add(kind + "_accuracy", 100 * d.matrix.accuracy(), "%");
  add(kind + "_precision", 100 * (is_binary ? d.matrix.precision(1) : d.matrix.macro_precision()), unit);
  add(kind + "_recall", 100 * (is_binary ? d.matrix.recall(1) : d.matrix.macro_recall()), unit);
  add(kind + "_f1", 100 * (is_binary ? d.matrix.f1(1) : d.matrix.macro_f1()), unit);
  if (d.roc) add(kind + "_auc", 100 * d.roc->auc, "%");
}

void Measures::add_retrieved(const Distance& distance) {
  add("retrieved_psnr", distance.psnr(), "dB");
  add("retrieved_ssim", distance.ssim);
  add("retrieved_mse", distance.mse, "of samples in 0..1");
  add("retrieved_mae", distance.mae, "of samples in 0..1");
}

void Measures::add_sizes(double picture, double latent, double sent, double packet) {
  const auto transfer = [](double bytes) { return 25 * 8e3 * bytes / 100e6; };
  add("picture_bytes", picture, "bytes");
  add("latent_bytes", latent, "bytes");
  add("sent_bytes", sent, "bytes");
  add("packet_bytes", packet, "bytes");
  add("transfer_25_raw", transfer(picture), "ms");
  add("transfer_25_latent", transfer(latent), "ms");
  add("transfer_25_sent", transfer(sent), "ms");
  add("transfer_gain", picture / sent, "times");
}

const PaperMeasure* Measures::find(const std::string& name) const {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& m) { return m.name == name; });
  return found == all_.end() ? nullptr : &*found;
}

}  // namespace lc::cli
