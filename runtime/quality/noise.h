// Noise as the literature on denoising adds it, the same on every machine for one seed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tensor/image.h"

namespace lc::quality {

enum class NoiseKind {
  gaussian,     // amount: sigma, in units of 8 bits
  salt_pepper,  // amount: share of pixels that turn black or white
  speckle,      // amount: sigma of the factor 1 + n
  poisson,      // amount: photons that white stands for
};

struct Noise {
  NoiseKind kind;
  double amount;
};

// "gaussian:10", "salt-pepper:0.02", "speckle:0.1", "poisson:255".
//   errors  invalid_config, with what is allowed
Result<Noise> parse_noise(std::string_view text);

// rgb or gray8. Each sample for itself, but for salt-pepper: a pixel. Rounded and clamped.
Image add_noise(const ImageView& picture, const Noise& noise, std::uint64_t seed);

}  // namespace lc::quality
