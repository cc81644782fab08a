// What a run of `latentcast bench` measures: its arguments, checked, and everything that they name, loaded.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/network_source.h"
#include "cli/onnx_runtime.h"
#include "cli/passphrase_options.h"
#include "codec/bundle.h"
#include "nn/plan.h"

namespace lc::cli {

// As written on the command line.
struct BenchArguments {
  std::string keyring;  // for bundles that are sealed
  PassphraseOptions passphrase;
  std::vector<std::string> bundles{"lc5"}, sizes{"640x480", "1280x720", "1920x1080"};
  std::vector<std::string> precisions{"f32", "bf16", "int8"};
  std::vector<std::string> networks, only, ort_int8;
  std::vector<int> threads{1, 2};
  std::string source = "testscene://", ort;
  int quality = 40, pictures = 24;
  double seconds = 10;
  bool as_json = false, with_layers = false, with_throughput = false;
  bool without_stages = false, without_rivals = false, without_networks = false;
};

struct BenchSet {
  std::vector<std::shared_ptr<const codec::Bundle>> bundles;
  std::vector<PictureSize> sizes;
  std::vector<int> threads;
  std::vector<nn::Precision> precisions;
  std::string source;
  int quality = 0, pictures = 0;
  double seconds = 0;
  bool stages = true, rivals = true;
  std::vector<NetworkSource> networks;
  std::map<std::string, Bytes> int8;  // ONNX files for ONNX Runtime alone, by the name of their network
  std::shared_ptr<const OnnxRuntime> runtime;

  //   errors  invalid_config, not_found, what bundles, networks and OnnxRuntime say
  static Result<BenchSet> create(const BenchArguments& arguments);

  const Bytes* int8_of(const std::string& network) const {
    const auto found = int8.find(network);
    return found == int8.end() ? nullptr : &found->second;
  }
};

}  // namespace lc::cli
