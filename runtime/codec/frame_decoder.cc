#include "codec/frame_decoder.h"

#include "codec/bitstream.h"
#include "codec/quantiser.h"
#include "tensor/convert.h"

namespace lc::codec {

struct FrameDecoder::State {
  std::shared_ptr<const Bundle> bundle;
  int width, height;
  nn::Plan plan;
  StageClock* clock;
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
    return fail(Errc::invalid_config, "the bundle '{}' is a classifier, an autoencoder is needed",
                bundle->name());
  if (width < 1 || width > kMaxSide || height < 1 || height > kMaxSide ||
      std::int64_t{latent_size(width)} * latent_size(height) * bundle->latent_channels() > kMaxLatents)
    return fail(Errc::invalid_config, "pictures of {} x {} are larger than this codec allows", width, height);
  const auto graph = LC_TRY(bundle->graph("decoder.onnx"));
  nn::PlanOptions plan_options;
  plan_options.input_dims = {{1, bundle->latent_channels(), latent_size(height), latent_size(width)}};
  plan_options.threads = options.threads;
  plan_options.precision = options.precision;
  auto plan = nn::Plan::create(graph, plan_options);
  if (!plan) return within((bundle->folder() / "decoder.onnx").string(), plan.error());
  const nn::Dims wanted = {1, padded_size(height), padded_size(width), bundle->input_channels()};
  if (plan->inputs() != 1 || plan->outputs() != 1 || plan->output_shape(0) != wanted)
    return fail(Errc::unsupported, "{}: the decoder must give one picture of {} x {} with {} channels",
                (bundle->folder() / "decoder.onnx").string(), wanted[2], wanted[1], wanted[3]);
  return FrameDecoder(std::unique_ptr<State>(new State{std::move(bundle), width, height, std::move(*plan), options.clock}));
}

int FrameDecoder::width() const { return state_->width; }
int FrameDecoder::height() const { return state_->height; }

Result<> FrameDecoder::decode(const Latent& latent, int quality, const MutableImageView& out) {
  State& s = *state_;
  LC_EXPECT(out.width == s.width && out.height == s.height, "a picture has the size of its decoder");
  const EntropyModel& model = s.bundle->entropy();
  if (latent.rows() != latent_size(s.height) || latent.columns() != latent_size(s.width) ||
      latent.channels() != model.channels())
    return fail(Errc::corrupt, "{} x {} x {} latents do not make a picture of {} x {}", latent.rows(),
                latent.columns(), latent.channels(), s.width, s.height);
  if (quality < 0 || quality >= model.qualities())
    return fail(Errc::corrupt, "quality {}, the model has {}", quality, model.qualities());
  s.begin(Stage::quantise);
  dequantise(latent, model, quality, s.plan.input(0));
  s.begin(Stage::network);
  LC_TRY(s.plan.run());
  s.begin(Stage::back_end);
  auto painted = repaint(out);
  if (s.clock) s.clock->end();
  return painted;
}

Result<> FrameDecoder::repaint(const MutableImageView& out) {
  const State& s = *state_;
  LC_EXPECT(out.width == s.width && out.height == s.height, "a picture has the size of its decoder");
  if (s.bundle->input_channels() == 3)
    from_rgb_tensor(s.plan.output(0), padded_size(s.width), padded_size(s.height), out);
  else
    from_gray_tensor(s.plan.output(0), padded_size(s.width), padded_size(s.height), out);
  return {};
}

const nn::Plan& FrameDecoder::plan() const { return state_->plan; }

}  // namespace lc::codec
