// What a classifier's bundle says of itself, beside what every bundle says (codec/bundle.h).
//
//   bundle: my-model                 # models/<name>/manifest.yaml
//   kind: classifier
//   input: {width: 32, height: 32, channels: rgb, resize: stretch, mean: [...], std: [...]}   # picture_input.h
//   output: logits                   # or probabilities
//   labels: labels.txt               # label_file.h
//   threshold: 0.6                   # below: no confident label
//   evidence: heat                   # optional: an output [1, labels, rows, columns], in the units of the other one
//
// On latents, in the place of that input, the sizes that the network was trained at and what it reads:
//   input: {source: latents, latent-space: 3f9a..., width: 8, height: 8, channels: 256}
//
// classifier.onnx has one input, [1, channels, height, width], and an output of as many numbers as there are labels.
// Latents come as the decoder's network gets them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "classify/picture_input.h"
#include "codec/bundle.h"

namespace lc::classify {

inline constexpr char kNetworkFile[] = "classifier.onnx";

enum class Output { logits, probabilities };

struct LatentSpec {
  std::string latent_space;  // 64 hexadecimal digits, small letters: the id of the autoencoder's bundle
  int width = 0, height = 0, channels = 0;
};

struct Manifest {
  std::string name;
  InputSpec pictures;
  std::optional<LatentSpec> latents;  // then these, and no pictures
  Output output = Output::logits;
  double threshold = 0.5;
  std::string evidence;  // name of the output; empty: none
  std::vector<std::string> labels;

  //   errors  invalid_config (no classifier; with file, line and column), not_found (the file of labels)
  static Result<Manifest> read(const codec::Bundle& bundle);
};

}  // namespace lc::classify
