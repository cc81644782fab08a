// Classifier bundles that tests make for themselves.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace lc::test {

struct ClassifierBundle {
  std::string name = "colours";
  // Lines of the manifest after kind and format.
  std::string manifest =
      "input: {source: pixels, width: 4, height: 4, channels: rgb, resize: stretch, mean: [0, 0, 0], std: "
      "[1, 1, 1]}\n"
      "output: logits\nlabels: labels.txt\nthreshold: 0.6\n";
  std::string labels = "red\ngreen\nblue\n";
  Bytes onnx;  // empty: colours_onnx()
};

// Input [1, 3, 4, 4]; the three outputs are `gain` times the mean of each channel.
Bytes colours_onnx(float gain = 20);

// A classifier on latents of the toy bundle (toy_bundle.h), 16 channels: red, green or blue. Its output "heat"
// [1, 3, rows, columns] tells the logits of each position.
struct LatentNetwork {
  int rows = -1, columns = -1;  // -1: any, by global pooling; else a dense layer over so many positions
  bool open_sides = true;       // what the file says of its input
  float gain = 0.2f;
};
Bytes latents_onnx(const LatentNetwork& network = {});
// The manifest's lines for it.
std::string latents_manifest(std::string_view latent_space, int width = 4, int height = 3);

// Writes `dir`/<name>/ and returns its path. Throws std::runtime_error where files cannot be written.
std::filesystem::path make_classifier_bundle(const std::filesystem::path& dir, const ClassifierBundle& bundle = {});

}  // namespace lc::test
