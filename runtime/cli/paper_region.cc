#include "cli/paper_region.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "codec/precision.h"

namespace lc::cli {
namespace {

constexpr double kDeleted = 0.1;  // of the positions
constexpr classify::LookOptions kLook{.top_k = 1, .threshold = 0};

// By channel, rounded: an integer as all latents are.
std::vector<std::int16_t> mean_latent(std::span<const codec::LatentFrame> latents) {
  const auto channels = static_cast<std::size_t>(latents[0].latent.channels());
  std::vector<double> sums(channels);
  std::size_t positions = 0;
  for (const auto& frame : latents) {
    const auto values = frame.latent.values();
    for (std::size_t i = 0; i < values.size(); ++i) sums[i % channels] += values[i];
    positions += values.size() / channels;
  }
  std::vector<std::int16_t> out(channels);
  std::transform(sums.begin(), sums.end(), out.begin(), [&](double sum) {
    return static_cast<std::int16_t>(std::lrint(sum / static_cast<double>(positions)));
  });
  return out;
}

class DeletionTest {
 public:
  DeletionTest(classify::Classifier& classifier, std::vector<std::int16_t> mean)
      : classifier_(classifier), mean_(std::move(mean)) {}

  // The answer to the whole latent. Afterwards evidence() and drop() speak of it.
  Result<> look(const codec::LatentFrame& frame) {
    frame_ = &frame;
    LC_TRY(classifier_.classify(frame.latent, frame.header.quality, kLook, labels_));
    if (labels_.evidence.empty())
      return fail(Errc::unsupported, "{} tells no evidence: its manifest names no such output", classifier_.name());
    answer_ = static_cast<std::size_t>(labels_.best[0].index);
    before_ = static_cast<double>(classifier_.probabilities()[answer_]);
    return {};
  }
  const classify::Evidence& evidence() const { return labels_.evidence; }

  //   cells  of the evidence, as row * columns + column
  Result<double> drop(std::span<const std::size_t> cells) {
    const classify::Evidence& evidence = labels_.evidence;
    part_ = frame_->latent;
    for (const std::size_t cell : cells) {
      const int row = static_cast<int>(cell) / evidence.columns, column = static_cast<int>(cell) % evidence.columns;
      for (int y = row * part_.rows() / evidence.rows; y < (row + 1) * part_.rows() / evidence.rows; ++y)
        for (int x = column * part_.columns() / evidence.columns; x < (column + 1) * part_.columns() / evidence.columns;
             ++x)
          std::copy(mean_.begin(), mean_.end(), part_.at(y, x));
    }
    LC_TRY(classifier_.classify(part_, frame_->header.quality, kLook, after_));
    return before_ - static_cast<double>(classifier_.probabilities()[answer_]);
  }

 private:
  classify::Classifier& classifier_;
  std::vector<std::int16_t> mean_;
  const codec::LatentFrame* frame_ = nullptr;
  classify::Labels labels_, after_;
  std::size_t answer_ = 0;
  double before_ = 0;
  codec::Latent part_;
};

}  // namespace

Result<codec::FrameEncoder> still_encoder(const Image& like, const std::shared_ptr<const codec::Bundle>& autoencoder,
                                          int quality) {
  codec::EncoderOptions options;
  options.quality = quality;
  options.key_interval = 1;
  options.precision = codec::choose_precision(*autoencoder, codec::PrecisionChoice::automatic);
  codec::FrameGeometry geometry;
  geometry.format = like.format();
  geometry.width = like.width(), geometry.height = like.height();
  return codec::FrameEncoder::create(autoencoder, geometry, options);
}

Result<std::vector<codec::LatentFrame>> latents_of(std::span<const Image> pictures,
                                                   const std::shared_ptr<const codec::Bundle>& autoencoder,
                                                   int quality) {
  auto encoder = LC_TRY(still_encoder(pictures[0], autoencoder, quality));
  auto decoder = LC_TRY(codec::LatentDecoder::create(autoencoder));
  std::vector<codec::LatentFrame> out;
  for (const Image& picture : pictures) {
    Bytes coded;
    LC_TRY(encoder.encode(picture.view(), true, coded));
    const auto frame = decoder.decode(coded);
    if (!frame) return fail(Errc::backend, "{}", frame.error().text);
    out.push_back(**frame);
  }
  return out;
}

Result<Diagnosis> diagnose(classify::Classifier& classifier, std::span<const codec::LatentFrame> latents,
                           std::span<const int> truth) {
  return diagnose(
      classifier,
      [&](std::size_t i, const classify::LookOptions& look, classify::Labels& out) {
        return classifier.classify(latents[i].latent, latents[i].header.quality, look, out);
      },
      truth);
}

Result<Deletion> deletion_test(classify::Classifier& classifier, std::span<const codec::LatentFrame> latents,
                               std::uint64_t seed) {
  DeletionTest test(classifier, mean_latent(latents));
  std::mt19937_64 random(seed);
  Deletion out;
  const double share = 1 / static_cast<double>(latents.size());
  for (const auto& frame : latents) {
    LC_TRY(test.look(frame));
    const classify::Evidence& evidence = test.evidence();
    std::vector<std::size_t> cells(evidence.values.size());
    std::iota(cells.begin(), cells.end(), std::size_t{0});
    const auto count = std::max<std::size_t>(1, static_cast<std::size_t>(kDeleted * static_cast<double>(cells.size())));
    for (int draw = 0; draw < kDeletionDraws; ++draw) {
      std::shuffle(cells.begin(), cells.end(), random);
      out.at_random += share / kDeletionDraws * LC_TRY(test.drop(std::span(cells).first(count)));
    }
    std::stable_sort(cells.begin(), cells.end(),
                     [&](std::size_t a, std::size_t b) { return evidence.values[a] > evidence.values[b]; });
    out.by_evidence += share * LC_TRY(test.drop(std::span(cells).first(count)));
  }
  return out;
}

}  // namespace lc::cli
