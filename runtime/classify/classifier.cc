#include "classify/classifier.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "classify/network.h"
#include "classify/smoothing.h"
#include "codec/bitstream.h"
#include "codec/quantiser.h"

namespace lc::classify {
namespace {

constexpr int kChromaStep = 2;  // parts of pictures begin on a chroma sample

struct Place {
  Rectangle part;  // of the picture
  Rectangle seen;  // of that part, by the network
};

}  // namespace

struct Classifier::State {
  State(Manifest m, Network n, const ClassifierOptions& o)
      : manifest(std::move(m)),
        network(std::move(n)),
        options(o),
        pictures(manifest.pictures),
        probabilities(manifest.labels.size()),
        order(manifest.labels.size()) {}

  Manifest manifest;
  Network network;
  ClassifierOptions options;
  PictureInput pictures;
  std::shared_ptr<const codec::Bundle> autoencoder{};  // of latents
  int width = 0, height = 0;                           // of the pictures that they stand for
  codec::Latent part_of_latent{};
  std::vector<Rectangle> parts{};  // in pixels, or positions
  Smoothing smoothing{};
  std::vector<float> probabilities;
  std::vector<int> order;
};

Classifier::Classifier(std::unique_ptr<State> state) : state_(std::move(state)) {}
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;
Classifier::~Classifier() = default;

Result<Classifier> Classifier::create(std::shared_ptr<const codec::Bundle> bundle, const ClassifierOptions& options) {
  auto manifest = LC_TRY(Manifest::read(*bundle));
  if (manifest.latents)
    return fail(Errc::invalid_config, "{} classifies latents, not pictures: it belongs before aedecode, or without one",
                manifest.name);
  const InputSpec& input = manifest.pictures;
  auto network = LC_TRY(Network::create(*bundle, manifest, input.height, input.width, input.channel_count(),
                                        options.threads, options.precision));
  return Classifier(std::make_unique<State>(std::move(manifest), std::move(network), options));
}

Result<Classifier> Classifier::create(std::shared_ptr<const codec::Bundle> bundle,
                                      std::shared_ptr<const codec::Bundle> autoencoder, int width, int height,
                                      const ClassifierOptions& options) {
  auto manifest = LC_TRY(Manifest::read(*bundle));
  if (!manifest.latents)
    return fail(Errc::invalid_config, "{} classifies pictures, not latents: it belongs behind aedecode", manifest.name);
  const LatentSpec& input = *manifest.latents;
  if (input.latent_space != autoencoder->latent_space_hex())
    return fail(Errc::not_found,
                "{} reads latents of {}, these are of {} ({}); take a classifier made for that autoencoder",
                manifest.name, input.latent_space.substr(0, 8), codec::short_hex(autoencoder->latent_space_short()),
                autoencoder->name());
  if (input.channels != autoencoder->latent_channels())
    return fail(Errc::invalid_config, "{}: the manifest's input has {} channels, latents of {} have {}", manifest.name,
                input.channels, autoencoder->name(), autoencoder->latent_channels());
  const int rows = codec::latent_size(height), columns = codec::latent_size(width);
  std::vector<Rectangle> parts;
  parts_of(columns, rows, options.region, options.tiles, 1, parts);
  const Rectangle& part = parts.front();
  auto network =
      Network::create(*bundle, manifest, part.height, part.width, input.channels, options.threads, options.precision);
  if (!network && (part.height != input.height || part.width != input.width))
    return fail(
        network.error().code,
        "{} was made for latents of {} x {}, here they are {} x {}, and nothing is resized: give pictures of {} x "
        "{}, or a network that is convolutional up to a global pooling, exported with open sides ({})",
        manifest.name, input.width, input.height, part.width, part.height, input.width * codec::kLatentStride,
        input.height * codec::kLatentStride, network.error().text);
  if (!network) return tl::unexpected<Error>(network.error());
  auto state = std::make_unique<State>(std::move(manifest), std::move(*network), options);
  state->autoencoder = std::move(autoencoder);
  state->width = width;
  state->height = height;
  state->parts = std::move(parts);
  return Classifier(std::move(state));
}

const Manifest& Classifier::manifest() const { return state_->manifest; }
const std::vector<float>& Classifier::probabilities() const { return state_->probabilities; }
const nn::Plan& Classifier::plan() const { return state_->network.plan(); }
void Classifier::reset() { state_->smoothing.reset(); }

// The part with the most confident label answers for all.
//   fill  puts a part into the network's input, and tells where that is in the picture, in pixels
template <class Fill>
Result<> Classifier::look(const Fill& fill, const LookOptions& options, Labels& out) {
  State& s = *state_;
  float best = std::numeric_limits<float>::lowest();
  for (std::size_t i = 0; i < s.parts.size(); ++i) {
    const Place place = fill(s.parts[i], s.network.input());
    LC_TRY(s.network.run());
    const auto mean = s.smoothing.add(i, s.network.probabilities(), options.smoothing);
    const auto label = std::max_element(mean.begin(), mean.end());
    if (*label <= best) continue;
    best = *label;
    std::copy(mean.begin(), mean.end(), s.probabilities.begin());
    out.region = s.options.region == Region::full ? Rectangle{} : place.part;
    out.evidence.area = place.seen;
    if (s.network.tells_evidence()) s.network.evidence(static_cast<int>(label - mean.begin()), out.evidence);
  }
  if (!s.network.tells_evidence()) out.evidence.values.clear();
  rank(options, out);
  return {};
}

void Classifier::rank(const LookOptions& options, Labels& out) {
  State& s = *state_;
  const auto count = std::min(static_cast<std::size_t>(std::max(options.top_k, 1)), s.order.size());
  std::iota(s.order.begin(), s.order.end(), 0);
  const auto probability = [&](int index) { return s.probabilities[static_cast<std::size_t>(index)]; };
  std::partial_sort(
      s.order.begin(), s.order.begin() + static_cast<std::ptrdiff_t>(count), s.order.end(),
      [&](int a, int b) { return probability(a) != probability(b) ? probability(a) > probability(b) : a < b; });
  out.model = name();
  out.age = 0;
  out.best.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const int index = s.order[i];
    out.best[i].index = index;
    out.best[i].name = s.manifest.labels[static_cast<std::size_t>(index)];
    out.best[i].confidence = probability(index);
  }
  const double threshold = options.threshold < 0 ? s.manifest.threshold : options.threshold;
  out.is_confident = static_cast<double>(out.best.front().confidence) >= threshold;
}

Result<> Classifier::classify(const ImageView& picture, const LookOptions& options, Labels& out) {
  State& s = *state_;
  LC_EXPECT(!s.autoencoder, "this classifier was made for pictures");
  parts_of(picture.width, picture.height, s.options.region, s.options.tiles, kChromaStep, s.parts);
  const auto fill = [&](const Rectangle& part, std::span<float> input) {
    s.pictures.fill(part_of(picture, part.x, part.y, part.width, part.height), input);
    Rectangle seen = s.pictures.seen();
    seen.x += part.x;
    seen.y += part.y;
    return Place{part, seen};
  };
  out.width = picture.width;
  out.height = picture.height;
  return look(fill, options, out);
}

Result<> Classifier::classify(const codec::Latent& latent, int quality, const LookOptions& options, Labels& out) {
  State& s = *state_;
  LC_EXPECT(
      s.autoencoder && latent.rows() == codec::latent_size(s.height) && latent.columns() == codec::latent_size(s.width),
      "this classifier was made for latents of this size");
  const auto fill = [&](const Rectangle& part, std::span<float> input) {
    const bool is_all = s.options.region == Region::full;
    if (!is_all) copy_area(latent, part.x, part.y, part.width, part.height, s.part_of_latent);
    codec::dequantise(is_all ? latent : s.part_of_latent, s.autoencoder->entropy(), quality, input);
    const int x = part.x * codec::kLatentStride, y = part.y * codec::kLatentStride;
    const Rectangle seen{x, y, std::min(part.width * codec::kLatentStride, s.width - x),
                         std::min(part.height * codec::kLatentStride, s.height - y)};
    return Place{seen, seen};
  };
  out.width = s.width;
  out.height = s.height;
  return look(fill, options, out);
}

}  // namespace lc::classify
