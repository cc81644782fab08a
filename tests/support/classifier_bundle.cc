#include "support/classifier_bundle.h"

#include <stdexcept>

#include "base/file.h"
#include "seal/digest.h"
#include "support/onnx_chain.h"

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

std::filesystem::path make_classifier_bundle(const std::filesystem::path& dir,
                                             const ClassifierBundle& bundle) {
  const auto folder = dir / bundle.name;
  std::filesystem::create_directories(folder);
  const Bytes onnx = bundle.onnx.empty() ? colours_onnx() : bundle.onnx;
  save(folder / "classifier.onnx", onnx);
  save(folder / "labels.txt", as_bytes(bundle.labels));
  const std::string manifest = fmt::format(
      "bundle: {}\nkind: classifier\nformat: 1\n{}files:\n  classifier.onnx: {}\n  labels.txt: {}\n",
      bundle.name, bundle.manifest, to_hex(seal::blake2b_256(onnx)),
      to_hex(seal::blake2b_256(as_bytes(bundle.labels))));
  save(folder / "manifest.yaml", as_bytes(manifest));
  return folder;
}

}  // namespace lc::test
