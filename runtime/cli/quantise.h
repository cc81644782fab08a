// 8-bit numbers for the networks of a bundle: seen on pictures, written into its ONNX files, their loss measured.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "codec/bundle.h"

namespace lc::cli {

struct QuantiseOptions {
  std::filesystem::path bundle;     // a folder that can be written to
  std::vector<std::string> images;  // files and folders; every second picture calibrates, the others measure
  int pictures = 48;                // at most
};

struct Quantised {
  std::size_t calibrated = 0, measured = 0;  // pictures
  codec::Bundle::Loss bf16, int8;            // see there
  double bound_low_db = 0, bound_high_db = 0;
  std::string latent_space;  // the new one, in hexadecimal
};

// Squares of 256 x 256 from the middle of each picture calibrate both networks, the decoder with latents of three qualities;
// then the middle 512 x 512 of the others are coded in f32 and in fewer bits. Files are replaced once all is computed.
//   progress  (done, of)
//   errors    invalid_config (a classifier, too few pictures), not_found, unsupported, unavailable
Result<Quantised> quantise(const QuantiseOptions& options, const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace lc::cli
