// Networks of the shape of the codec's, with random weights, for tests and benchmarks of nn/.
#pragma once

#include <span>

#include "base/bytes.h"
#include "nn/model.h"

namespace lc::test {

struct CodecShape {
  std::int64_t channels = 96;  // at 1/8
  std::int64_t latents = 192;  // at 1/16
  int blocks_fine = 2, blocks_coarse = 2;
};

// "x" [1, 3, H, W] -> "y" [1, latents, H/16, W/16], H and W open.
Bytes codec_encoder(const CodecShape& shape = {});
// "y" -> "x".
Bytes codec_decoder(const CodecShape& shape = {});

// Numbers of [0, 1).
void fill(std::span<float> values, unsigned seed);
// The model with 8-bit steps, calibrated over such numbers.
//   dims  of its input
Bytes calibrated(const Bytes& model, const nn::Dims& dims);

}  // namespace lc::test
