// A small autoencoder bundle that tests make for themselves: linear, 16 latent channels, shaped like the real
// ones (8x8 stride-8 convolution, 2x2 stride-2; and back by 1x1 convolutions and depth-to-space). It keeps
// the low frequencies of a picture only. A 64x48 frame codes in well under a millisecond.
//
// Its bytes, and so its latent-space id, are the same on every machine: integer arithmetic, square roots and
// products.
#pragma once

#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "support/entropy_writer.h"

namespace lc::test {

struct ToyOptions {
  std::string name = "toy";
  bool gray = false;
  // Another number, another latent space: otherwise equal.
  int variant = 0;
};

// Writes `dir`/<name>/ and returns its path: Bundle::load(path), or LATENTCAST_MODELS=dir and the name.
// Throws std::runtime_error where files cannot be written.
std::filesystem::path make_toy_bundle(const std::filesystem::path& dir, const ToyOptions& options = {});

// One whose latents travel as they are (codec/raw_shape.h): 32 x 24 gray to 16 x 12 x 4 and back, exactly where bytes
// enter. `more` are further lines of its manifest.
std::filesystem::path make_raw_bundle(const std::filesystem::path& dir, const std::string& name = "raw",
                                      const std::string& sample = "u8, step: 0.00392156862745098",
                                      const std::string& more = "");

// Its tables alone: channels latent channels, 64 qualities.
EntropyTables toy_tables(int channels = 16);

}  // namespace lc::test
