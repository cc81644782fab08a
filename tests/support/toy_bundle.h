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

// Its tables alone: channels latent channels, 64 qualities.
EntropyTables toy_tables(int channels = 16);

}  // namespace lc::test
