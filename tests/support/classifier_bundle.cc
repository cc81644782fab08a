#include "support/classifier_bundle.h"

#include <stdexcept>

#include "base/file.h"
#include "seal/digest.h"
#include "support/onnx_chain.h"
#include "support/onnx_writer.h"

namespace lc::test {
namespace {

void save(const std::filesystem::path& path, ByteSpan content) {
  if (const auto saved = save_file(path, content); !saved) throw std::runtime_error(saved.error().text);
}

}  // namespace

Bytes colours_onnx(float gain) {
  constexpr int kSide = 4;
  std::vector<float> weight(3 * 3 * kSide * kSide, 0.0f);
  for (std::size_t channel = 0; channel < 3; ++channel)
    for (std::size_t i = 0; i < kSide * kSide; ++i)
      weight[(channel * 3 + channel) * kSide * kSide + i] = gain / (kSide * kSide);
  OnnxChain chain("x", {1, 3, kSide, kSide});
  chain.conv(weight, {3, 3, kSide, kSide}, kSide, {0, 0, 0}, "y");
  return chain.finish({1, 3, 1, 1});
}

Bytes latents_onnx(const LatentNetwork& network) {
  constexpr std::int64_t kChannels = 16, kLabels = 3;
  // Of the toy's latents: number 1 is red against blue, number 2 red and blue against green.
  std::vector<float> weight(kLabels * kChannels, 0.0f);
  weight[1] = network.gain;
  weight[kChannels + 2] = -network.gain;
  weight[2 * kChannels + 1] = -network.gain;
  const bool is_dense = network.rows > 0;
  const std::int64_t rows = is_dense && !network.open_sides ? network.rows : -1;
  const std::int64_t columns = is_dense && !network.open_sides ? network.columns : -1;
  OnnxWriter writer;
  const std::string latents = writer.input("latents", {1, kChannels, rows, columns});
  const std::string heat = writer.node("Conv", {latents, writer.floats({kLabels, kChannels, 1, 1}, weight)},
                                       {OnnxAttribute::integers("kernel_shape", {1, 1})}, "heat");
  if (is_dense) {
    const auto positions = std::int64_t{network.rows} * network.columns;
    std::vector<float> mean(static_cast<std::size_t>(kLabels * positions * kLabels),
                            0.0f);  // [label and position][label]
    for (std::int64_t i = 0; i < kLabels * positions; ++i)
      mean[static_cast<std::size_t>(i * kLabels + i / positions)] = 1.0f / static_cast<float>(positions);
    const std::string flat = writer.node("Flatten", {heat}, {OnnxAttribute::integer("axis", 1)});
    writer.node("MatMul", {flat, writer.floats({kLabels * positions, kLabels}, mean)}, {}, "answer");
    writer.output("answer", {1, kLabels});
  } else {
    writer.node("GlobalAveragePool", {heat}, {}, "answer");
    writer.output("answer", {1, kLabels, 1, 1});
  }
  writer.output("heat", {1, kLabels, rows, columns});
  return writer.model();
}

std::string latents_manifest(std::string_view latent_space, int width, int height) {
  return fmt::format(
      "input: {{source: latents, latent-space: {}, width: {}, height: {}, channels: 16}}\n"
      "output: logits\nthreshold: 0.6\nevidence: heat\n",
      latent_space, width, height);
}

std::filesystem::path make_classifier_bundle(const std::filesystem::path& dir, const ClassifierBundle& bundle) {
  const auto folder = dir / bundle.name;
  std::filesystem::create_directories(folder);
  const Bytes onnx = bundle.onnx.empty() ? colours_onnx() : bundle.onnx;
  save(folder / "classifier.onnx", onnx);
  save(folder / "labels.txt", as_bytes(bundle.labels));
  const std::string manifest = fmt::format(
      "bundle: {}\nkind: classifier\nformat: 1\n{}files:\n  classifier.onnx: {}\n  labels.txt: {}\n", bundle.name,
      bundle.manifest, to_hex(seal::blake2b_256(onnx)), to_hex(seal::blake2b_256(as_bytes(bundle.labels))));
  save(folder / "manifest.yaml", as_bytes(manifest));
  return folder;
}

}  // namespace lc::test
