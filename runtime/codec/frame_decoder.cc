#include "codec/frame_decoder.h"

#include <cstring>
#include <exception>
#include <system_error>

#include "base/ordered_workers.h"
#include "codec/bitstream.h"
#include "codec/network_plan.h"
#include "codec/quantiser.h"
#include "tensor/convert.h"

namespace lc::codec {
namespace {

// A network and the frame that it works at. It computes where that differs from its own last one.
struct Lane {
  nn::Plan network;
  Image painted{};
  Latent latent{}, shown{};
  int quality = 0, shown_quality = -1;  // -1: nothing is shown yet
  std::vector<std::uint8_t> changed{};  // [rows][columns]
  Result<> outcome{};

  bool find_changes();
};

// Marks where the latent differs from what is shown. False where it does nowhere.
bool Lane::find_changes() {
  const auto channels = static_cast<std::size_t>(latent.channels());
  bool any = false;
  for (std::size_t i = 0; i < changed.size(); ++i) {
    changed[i] = std::memcmp(latent.values().data() + i * channels, shown.values().data() + i * channels,
                             channels * sizeof(std::int16_t)) != 0;
    any = any || changed[i] != 0;
  }
  return any;
}

}  // namespace

struct FrameDecoder::State {
  State(std::shared_ptr<const Bundle> b, int w, int h, const DecoderOptions& o, std::vector<Lane> l)
      : bundle(std::move(b)),
        width(w),
        height(h),
        clock(o.frames == 1 ? o.clock : nullptr),
        lanes(std::move(l)),
        workers(lanes.size(), [this](std::size_t i) { lanes[i].outcome = work(lanes[i]); }) {
    if (lanes.size() > 1) shown = Image::make(o.format.format, w, h, o.format.colour);
  }

  Result<> work(Lane& lane);
  Result<> check(const Latent& latent, int quality) const;
  // What is shown, whose frame has been finished last.
  ImageView painted() const { return lanes.size() == 1 ? lanes.front().painted.view() : shown.view(); }
  void begin(Stage stage) const {
    if (clock) clock->begin(stage);
  }

  std::shared_ptr<const Bundle> bundle;
  int width, height;
  StageClock* clock;
  Image shown;              // where the lane goes on to another frame
  std::vector<Lane> lanes;  // one for each worker
  OrderedWorkers workers;   // ends first
};

FrameDecoder::FrameDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
FrameDecoder::FrameDecoder(FrameDecoder&&) noexcept = default;
FrameDecoder& FrameDecoder::operator=(FrameDecoder&&) noexcept = default;
FrameDecoder::~FrameDecoder() = default;

Result<FrameDecoder> FrameDecoder::create(std::shared_ptr<const Bundle> bundle, int width, int height,
                                          const DecoderOptions& options) {
  LC_TRY(bundle->need(BundleKind::autoencoder));
  if (width < 1 || width > kMaxSide || height < 1 || height > kMaxSide ||
      std::int64_t{latent_size(width)} * latent_size(height) * bundle->latent_channels() > kMaxLatents)
    return fail(Errc::invalid_config, "pictures of {} x {} are larger than this codec allows", width, height);
  if (options.frames < 1 || options.frames > OrderedWorkers::kMost)
    return fail(Errc::invalid_config, "frames in work at once are 1..{}", OrderedWorkers::kMost);
  nn::PlanOptions plan_options;
  plan_options.threads = options.threads;
  plan_options.precision = options.precision;
  plan_options.target = options.format;
  std::vector<Lane> lanes;
  const auto cells = static_cast<std::size_t>(latent_size(height)) * static_cast<std::size_t>(latent_size(width));
  for (int i = 0; i < options.frames; ++i) {
    lanes.push_back({.network = LC_TRY(network_plan(*bundle, "decoder.onnx", width, height, plan_options)),
                     .painted = Image::make(options.format.format, width, height, options.format.colour),
                     .changed = std::vector<std::uint8_t>(cells)});
    lanes.back().network.set_target(lanes.back().painted.mutable_view());
  }
  try {
    return FrameDecoder(std::make_unique<State>(std::move(bundle), width, height, options, std::move(lanes)));
  } catch (const std::system_error& error) {
    return fail(Errc::unavailable, "{} threads could not be started: {}; set fewer", options.frames, error.what());
  }
}

// On the thread of a worker, or the caller's where there is one frame at a time.
Result<> FrameDecoder::State::work(Lane& lane) {
  begin(Stage::quantise);
  const bool only_changes = lane.quality == lane.shown_quality;
  if (only_changes && !lane.find_changes()) return {};
  dequantise(lane.latent, bundle->entropy(), lane.quality, lane.network.input(0),
             only_changes ? std::span<const std::uint8_t>(lane.changed) : std::span<const std::uint8_t>());
  begin(Stage::network);
  lane.shown_quality = -1;
  LC_TRY(only_changes ? lane.network.update(lane.changed) : lane.network.run());
  std::swap(lane.shown, lane.latent);
  lane.shown_quality = lane.quality;
  return {};
}

Result<> FrameDecoder::State::check(const Latent& latent, int quality) const {
  const EntropyModel& model = bundle->entropy();
  if (latent.rows() != latent_size(height) || latent.columns() != latent_size(width) ||
      latent.channels() != model.channels())
    return fail(Errc::corrupt, "{} x {} x {} latents do not make a picture of {} x {}", latent.rows(), latent.columns(),
                latent.channels(), width, height);
  if (quality < 0 || quality >= model.qualities())
    return fail(Errc::corrupt, "quality {}, the model has {}", quality, model.qualities());
  return {};
}

int FrameDecoder::width() const { return state_->width; }
int FrameDecoder::height() const { return state_->height; }
std::size_t FrameDecoder::begun() const { return state_->workers.begun(); }
bool FrameDecoder::is_full() const { return state_->workers.is_full(); }
bool FrameDecoder::is_ready() const { return state_->workers.is_ready(); }

Result<> FrameDecoder::decode(const Latent& latent, int quality, const MutableImageView& out) {
  LC_EXPECT(begun() == 0, "what was begun is finished first");
  LC_TRY(begin(latent, quality));
  return finish(out);
}

Result<> FrameDecoder::begin(const Latent& latent, int quality) {
  State& s = *state_;
  LC_TRY(s.check(latent, quality));
  Lane& lane = s.lanes[s.workers.next()];
  lane.latent = latent;
  lane.quality = quality;
  s.workers.begin();
  return {};
}

Result<> FrameDecoder::finish(const MutableImageView& out) {
  State& s = *state_;
  try {
    const Lane& lane = s.lanes[s.workers.take()];
    if (const auto outcome = lane.outcome; !outcome) {
      forget();
      return outcome;
    }
    s.begin(Stage::back_end);
    if (s.lanes.size() > 1) copy(lane.painted.view(), s.shown.mutable_view());
  } catch (const std::exception& error) {
    forget();
    return fail(Errc::backend, "the decoder's network failed: {}", error.what());
  }
  auto painted = repaint(out);
  if (s.clock) s.clock->end();
  return painted;
}

Result<> FrameDecoder::repaint(const MutableImageView& out) {
  const State& s = *state_;
  LC_EXPECT(out.width == s.width && out.height == s.height, "a picture has the size of its decoder");
  const ImageView painted = s.painted();
  if (painted.format == out.format && (painted.colour == out.colour || out.format == PixelFormat::rgb))
    copy(painted, out);
  else
    copy(convert(painted, out.format, out.colour).view(), out);
  return {};
}

void FrameDecoder::forget() {
  State& s = *state_;
  s.workers.abandon();
  for (Lane& lane : s.lanes) lane.shown_quality = -1;
}

const nn::Plan& FrameDecoder::plan() const { return state_->lanes.front().network; }

}  // namespace lc::codec
