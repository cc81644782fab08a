#include "codec/raw_autoencoder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "tensor/convert.h"

namespace lc::codec {
namespace {

static_assert(std::endian::native == std::endian::little, "floats on the wire are little-endian");

Result<nn::Plan> raw_plan(const Bundle& bundle, const char* file, const RawOptions& options) {
  LC_TRY(bundle.need(BundleKind::raw_autoencoder));
  const RawShape& s = bundle.raw();
  const nn::Dims picture{1, s.input_channels, s.height, s.width};
  const nn::Dims latent{1, s.latent_channels, s.latent_height, s.latent_width};
  const bool is_encoder = std::string_view(file) == "encoder.onnx";
  const nn::Dims& in = is_encoder ? picture : latent;
  const nn::Dims& out = is_encoder ? latent : picture;
  const std::string name = (bundle.path() / file).string();
  const auto graph = LC_TRY(bundle.graph(file));
  auto plan = nn::Plan::create(graph, {.input_dims = {in}, .threads = options.threads, .precision = options.precision});
  if (!plan) return within(name, plan.error());
  if (plan->inputs() != 1 || plan->outputs() != 1 || plan->output_shape(0) != nn::Dims{1, out[2], out[3], out[1]})
    return fail(Errc::invalid_config, "{}: by the manifest it must give one tensor of {} x {} x {}", name, out[1],
                out[2], out[3]);
  return plan;
}

bool are_numbers(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

}  // namespace

Result<RawEncoder> RawEncoder::create(std::shared_ptr<const Bundle> bundle, const RawOptions& options) {
  auto plan = LC_TRY(raw_plan(*bundle, "encoder.onnx", options));
  return RawEncoder(std::move(bundle), std::move(plan));
}

Result<> RawEncoder::encode(const ImageView& picture, Bytes& out) {
  const RawShape& s = shape();
  LC_EXPECT(picture.width == s.width && picture.height == s.height, "pictures have the bundle's size");
  if (s.input_channels == 3)
    to_rgb_tensor(picture, s.width, s.height, network_.input(0));
  else
    to_gray_tensor(picture, s.width, s.height, network_.input(0));
  LC_TRY(network_.run());
  const auto values = network_.output(0);
  if (!are_numbers(values)) return fail(Errc::backend, "{}: the network's answer is no number", bundle_->name());
  out.resize(s.bytes());
  if (s.is_f32) {
    std::memcpy(out.data(), values.data(), out.size());
    return {};
  }
  std::transform(values.begin(), values.end(), out.begin(), [step = s.step](float value) {
    return static_cast<std::byte>(std::lrint(std::clamp(value / step, 0.0f, 255.0f)));
  });
  return {};
}

Result<RawDecoder> RawDecoder::create(std::shared_ptr<const Bundle> bundle, const RawOptions& options) {
  auto plan = LC_TRY(raw_plan(*bundle, "decoder.onnx", options));
  return RawDecoder(std::move(bundle), std::move(plan));
}

Result<> RawDecoder::decode(ByteSpan latent, const MutableImageView& out) {
  const RawShape& s = shape();
  LC_EXPECT(out.width == s.width && out.height == s.height, "pictures have the bundle's size");
  if (latent.size() != s.bytes())
    return fail(latent.size() < s.bytes() ? Errc::truncated : Errc::corrupt,
                "a latent of {} bytes; those of '{}' have {}", latent.size(), bundle_->name(), s.bytes());
  const auto values = network_.input(0);
  if (s.is_f32) {
    std::memcpy(values.data(), latent.data(), latent.size());
    if (!are_numbers(values)) return fail(Errc::corrupt, "a latent with values that are no numbers");
  } else {
    std::transform(latent.begin(), latent.end(), values.begin(),
                   [step = s.step](std::byte b) { return step * static_cast<float>(std::to_integer<int>(b)); });
  }
  LC_TRY(network_.run());
  const auto picture = network_.output(0);
  if (!are_numbers(picture)) return fail(Errc::corrupt, "a latent that no encoder makes: its picture is no numbers");
  if (s.input_channels == 3)
    from_rgb_tensor(picture, s.width, s.height, out);
  else
    from_gray_tensor(picture, s.width, s.height, out);
  return {};
}

}  // namespace lc::codec
