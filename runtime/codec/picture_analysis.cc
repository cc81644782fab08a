#include "codec/picture_analysis.h"

#include <exception>
#include <system_error>

#include "codec/bitstream.h"

namespace lc::codec {

Result<std::unique_ptr<PictureAnalysis>> PictureAnalysis::create(const Bundle& bundle, int width, int height,
                                                                 const AnalysisOptions& options) {
  std::vector<Lane> lanes;
  for (int i = 0; i < options.frames; ++i)
    lanes.push_back({LC_TRY(TiledNetwork::create(bundle, "encoder.onnx", width, height, options.plan)), true, {}});
  try {
    return std::unique_ptr<PictureAnalysis>(
        new PictureAnalysis(options, ChangeDetector(options.plan.picture->format, width, height), std::move(lanes)));
  } catch (const std::system_error& error) {
    return fail(Errc::unavailable, "{} threads could not be started: {}; set fewer", options.frames, error.what());
  }
}

PictureAnalysis::PictureAnalysis(const AnalysisOptions& options, ChangeDetector changes, std::vector<Lane> lanes)
    : options_(options),
      changes_(std::move(changes)),
      lanes_(std::move(lanes)),
      workers_(lanes_.size(), [this](std::size_t i) { lanes_[i].outcome = lanes_[i].network.run(); }) {
  if (lanes_.size() == 1) return;
  options_.clock = nullptr;
  said_.resize(lanes_.front().network.output().size());
}

void PictureAnalysis::begin(const ImageView& picture, bool is_whole) {
  Lane& lane = lanes_[workers_.next()];
  TiledNetwork& network = lane.network;
  lane.is_whole = is_whole;
  tell(Stage::front_end);
  const bool is_due = options_.interval > 0 && since_whole_ >= options_.interval;
  if (is_whole || is_due || needs_whole_ || !options_.skip_unchanged) {
    network.mark();
    since_whole_ = 0;
  } else {
    network.mark(changes_.compare(picture));
  }
  ++since_whole_;
  needs_whole_ = false;
  if (options_.skip_unchanged)
    for (int row = 0; row < latent_size(picture.height); ++row)
      for (int column = 0; column < latent_size(picture.width); ++column)
        if (network.is_marked(row, column)) changes_.keep(picture, row, column);
  network.set_picture(picture);
  tell(Stage::network);
  workers_.begin();
}

// Everything that is said of the picture whose network this is.
std::span<const float> PictureAnalysis::settle(const TiledNetwork& network) {
  if (lanes_.size() == 1) return network.output();
  const bool is_next_whole = begun() > 0 && lanes_[workers_.oldest()].network.is_all_marked();
  if (network.is_all_marked() && is_next_whole) return network.output();  // nobody needs it later
  network.copy_marked(said_);
  return said_;
}

Result<PictureAnalysis::Said> PictureAnalysis::finish() {
  try {
    const Lane& lane = lanes_[workers_.take()];
    if (lane.outcome) return Said{settle(lane.network), lane.is_whole};
    const Error error = lane.outcome.error();
    abandon();
    return tl::unexpected<Error>(error);
  } catch (const std::exception& error) {
    abandon();
    return fail(Errc::backend, "the encoder's network failed: {}", error.what());
  }
}

void PictureAnalysis::abandon() {
  while (begun() > 0) try {
      workers_.take();
    } catch (...) {  // nobody asks any more
    }
  needs_whole_ = true;
}

}  // namespace lc::codec
