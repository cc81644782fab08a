#include "codec/network_plan.h"

#include "codec/bitstream.h"

namespace lc::codec {

Result<nn::Plan> network_plan(const Bundle& bundle, const char* file, int width, int height, nn::PlanOptions options,
                              bool updates) {
  const int h = latent_size(height), w = latent_size(width);
  const auto graph = LC_TRY(bundle.graph(file));
  const std::string name = (bundle.path() / file).string();
  const bool is_encoder = std::string_view(file) == "encoder.onnx";
  const nn::Dims pixels{1, bundle.input_channels(), h * kLatentStride, w * kLatentStride};
  const nn::Dims latents{1, bundle.latent_channels(), h, w};
  options.input_dims = {is_encoder ? pixels : latents};
  if (updates) options.cells = nn::Grid{h, w};
  auto plan = nn::Plan::create(graph, options);
  if (!plan) return within(name, plan.error());
  const nn::Dims& out = is_encoder ? latents : pixels;
  if (plan->inputs() != 1 || plan->outputs() != 1 || plan->output_shape(0) != nn::Dims{1, out[2], out[3], out[1]})
    return fail(Errc::unsupported, "{}: of {} x {} positions of {} x {} pixels it must give one tensor of {} x {} x {}", name, w,
                h, kLatentStride, kLatentStride, out[2], out[3], out[1]);
  return plan;
}

}  // namespace lc::codec
