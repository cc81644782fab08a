#include "codec/picture_analysis.h"

#include <algorithm>
#include <exception>
#include <system_error>

#include "codec/bitstream.h"
#include "codec/network_plan.h"

namespace lc::codec {
namespace {

// Positions around a changed one that are computed again. lc5 sees three, but hardly: on three clips of fixed cameras, all
// three gain 0.01 dB over one at the same rate, and cost a quarter more time; none loses 0.1 to 0.7 dB.
constexpr int kSeenAround = 1;

}  // namespace

Result<std::unique_ptr<PictureAnalysis>> PictureAnalysis::create(const Bundle& bundle, int width, int height,
                                                                 const AnalysisOptions& options) {
  std::vector<Lane> lanes;
  for (int i = 0; i < options.frames; ++i)
    lanes.push_back(
        {.network = LC_TRY(network_plan(bundle, "encoder.onnx", width, height, options.plan, options.skip_unchanged))});
  try {
    return std::unique_ptr<PictureAnalysis>(new PictureAnalysis(options, width, height, std::move(lanes)));
  } catch (const std::system_error& error) {
    return fail(Errc::unavailable, "{} threads could not be started: {}; set fewer", options.frames, error.what());
  }
}

PictureAnalysis::PictureAnalysis(const AnalysisOptions& options, int width, int height, std::vector<Lane> lanes)
    : options_(options),
      grid_{latent_size(height), latent_size(width)},
      changes_(options.plan.picture->format, width, height),
      lanes_(std::move(lanes)),
      workers_(lanes_.size(), [this](std::size_t i) { lanes_[i].outcome = work(lanes_[i]); }) {
  const int sees = lanes_.front().network.sees();
  if (options.skip_unchanged && sees != nn::Plan::kAllCells) near_.emplace(grid_, std::min(sees, kSeenAround));
  for (Lane& lane : lanes_) {
    lane.pending.resize(grid_.cells());
    lane.marked.resize(grid_.cells());
    lane.fresh.resize(grid_.cells());
  }
  if (lanes_.size() == 1) return;
  options_.clock = nullptr;
  said_.resize(lanes_.front().network.output(0).size());
}

void PictureAnalysis::begin(const ImageView& picture, bool is_whole) {
  Lane& lane = lanes_[workers_.next()];
  lane.is_whole = is_whole;
  tell(Stage::front_end);
  const bool is_due = options_.interval > 0 && since_whole_ >= options_.interval;
  lane.is_fresh = is_whole || is_due || needs_whole_ || !near_;
  needs_whole_ = false;
  since_whole_ = lane.is_fresh ? 1 : since_whole_ + 1;
  mark_changes(picture, lane);
  lane.network.set_picture(picture);
  workers_.begin();
}

// What this picture brings to all lanes; then the lane's own share of work.
void PictureAnalysis::mark_changes(const ImageView& picture, Lane& lane) {
  if (!near_) return;  // lanes owe everything, always
  std::span<const std::uint8_t> changed;
  if (!lane.is_fresh) {
    changed = changes_.compare(picture);
    near_->set(changed);
    std::copy_n(near_->within(kSeenAround).cells, lane.fresh.size(), lane.fresh.begin());
  }
  for (Lane& each : lanes_) {
    if (lane.is_fresh) each.owes_all = true;
    for (std::size_t i = 0; i < changed.size(); ++i) each.pending[i] |= changed[i];
  }
  for (int row = 0; row < grid_.rows; ++row)
    for (int column = 0; column < grid_.columns; ++column)
      if (lane.is_fresh || changed[static_cast<std::size_t>(row * grid_.columns + column)]) changes_.keep(picture, row, column);
  lane.is_all = std::exchange(lane.owes_all, false);
  std::swap(lane.marked, lane.pending);
  std::fill(lane.pending.begin(), lane.pending.end(), std::uint8_t{0});
}

// On the thread of a worker, or the caller's where there is one frame at a time.
Result<> PictureAnalysis::work(Lane& lane) {
  tell(Stage::network);
  return lane.is_all ? lane.network.run() : lane.network.update(lane.marked, kSeenAround);
}

PictureAnalysis::Said PictureAnalysis::settle(const Lane& lane) {
  const auto fresh = lane.is_fresh ? std::span<const std::uint8_t>() : lane.fresh;
  const auto values = lane.network.output(0);
  if (lanes_.size() == 1) return {values, fresh, lane.is_whole};
  const std::size_t channels = values.size() / grid_.cells();
  if (lane.is_fresh)
    std::copy(values.begin(), values.end(), said_.begin());
  else
    for (std::size_t i = 0; i < fresh.size(); ++i)
      if (fresh[i]) std::copy_n(values.data() + i * channels, channels, said_.data() + i * channels);
  return {said_, fresh, lane.is_whole};
}

Result<PictureAnalysis::Said> PictureAnalysis::finish() {
  try {
    const Lane& lane = lanes_[workers_.take()];
    if (lane.outcome) return settle(lane);
    const Error error = lane.outcome.error();
    abandon();
    return tl::unexpected<Error>(error);
  } catch (const std::exception& error) {
    abandon();
    return fail(Errc::backend, "the encoder's network failed: {}", error.what());
  }
}

void PictureAnalysis::abandon() {
  workers_.abandon();
  needs_whole_ = true;
}

}  // namespace lc::codec
