#include "codec/frame_decoder.h"

#include <cstring>

#include "codec/bitstream.h"
#include "codec/quantiser.h"
#include "codec/network_plan.h"
#include "tensor/convert.h"

namespace lc::codec {

struct FrameDecoder::State {
  std::shared_ptr<const Bundle> bundle;
  int width, height;
  nn::Plan network;
  Image painted;
  StageClock* clock;
  Latent shown;  // what the network's output shows, at this quality; -1: nothing yet
  int shown_quality = -1;
  std::vector<std::uint8_t> changed;  // [rows][columns]

  bool find_changes(const Latent& latent);
  void begin(Stage stage) const {
    if (clock) clock->begin(stage);
  }
};

FrameDecoder::FrameDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
FrameDecoder::FrameDecoder(FrameDecoder&&) noexcept = default;
FrameDecoder& FrameDecoder::operator=(FrameDecoder&&) noexcept = default;
FrameDecoder::~FrameDecoder() = default;

Result<FrameDecoder> FrameDecoder::create(std::shared_ptr<const Bundle> bundle, int width, int height,
                                          const DecoderOptions& options) {
  if (bundle->kind() != BundleKind::autoencoder)
    return fail(Errc::invalid_config, "the bundle '{}' is a classifier, an autoencoder is needed", bundle->name());
  if (width < 1 || width > kMaxSide || height < 1 || height > kMaxSide ||
      std::int64_t{latent_size(width)} * latent_size(height) * bundle->latent_channels() > kMaxLatents)
    return fail(Errc::invalid_config, "pictures of {} x {} are larger than this codec allows", width, height);
  nn::PlanOptions plan_options;
  plan_options.threads = options.threads;
  plan_options.precision = options.precision;
  plan_options.target = options.format;
  const int rows = latent_size(height), columns = latent_size(width);
  auto network = LC_TRY(network_plan(*bundle, "decoder.onnx", width, height, plan_options));
  Image painted = Image::make(options.format.format, width, height, options.format.colour);
  network.set_target(painted.mutable_view());
  return FrameDecoder(
      std::unique_ptr<State>(new State{std::move(bundle),
                                       width,
                                       height,
                                       std::move(network),
                                       std::move(painted),
                                       options.clock,
                                       {},
                                       -1,
                                       std::vector<std::uint8_t>(static_cast<std::size_t>(rows * columns))}));
}

// Marks where the latent differs from what is shown. False where it does nowhere.
bool FrameDecoder::State::find_changes(const Latent& latent) {
  const auto channels = static_cast<std::size_t>(latent.channels());
  bool any = false;
  for (std::size_t i = 0; i < changed.size(); ++i) {
    changed[i] = std::memcmp(latent.values().data() + i * channels, shown.values().data() + i * channels,
                             channels * sizeof(std::int16_t)) != 0;
    any = any || changed[i] != 0;
  }
  return any;
}

int FrameDecoder::width() const { return state_->width; }
int FrameDecoder::height() const { return state_->height; }

Result<> FrameDecoder::decode(const Latent& latent, int quality, const MutableImageView& out) {
  State& s = *state_;
  LC_EXPECT(out.width == s.width && out.height == s.height, "a picture has the size of its decoder");
  const EntropyModel& model = s.bundle->entropy();
  if (latent.rows() != latent_size(s.height) || latent.columns() != latent_size(s.width) ||
      latent.channels() != model.channels())
    return fail(Errc::corrupt, "{} x {} x {} latents do not make a picture of {} x {}", latent.rows(), latent.columns(),
                latent.channels(), s.width, s.height);
  if (quality < 0 || quality >= model.qualities())
    return fail(Errc::corrupt, "quality {}, the model has {}", quality, model.qualities());
  s.begin(Stage::quantise);
  const bool only_changes = quality == s.shown_quality && latent.same_shape(s.shown);
  if (!only_changes || s.find_changes(latent)) {
    dequantise(latent, model, quality, s.network.input(0),
               only_changes ? std::span<const std::uint8_t>(s.changed) : std::span<const std::uint8_t>());
    s.begin(Stage::network);
    s.shown_quality = -1;
    LC_TRY(only_changes ? s.network.update(s.changed) : s.network.run());
    s.shown = latent;
    s.shown_quality = quality;
  }
  s.begin(Stage::back_end);
  auto painted = repaint(out);
  if (s.clock) s.clock->end();
  return painted;
}

Result<> FrameDecoder::repaint(const MutableImageView& out) {
  const State& s = *state_;
  LC_EXPECT(out.width == s.width && out.height == s.height, "a picture has the size of its decoder");
  const ImageView painted = s.painted.view();
  if (painted.format == out.format && (painted.colour == out.colour || out.format == PixelFormat::rgb))
    copy(painted, out);
  else
    copy(convert(painted, out.format, out.colour).view(), out);
  return {};
}

void FrameDecoder::forget() { state_->shown_quality = -1; }

const nn::Plan& FrameDecoder::plan() const { return state_->network; }

}  // namespace lc::codec
