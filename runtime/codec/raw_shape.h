// Sizes of an autoencoder whose latents travel as they are, neither entropy coded nor referring to other frames: those
// of the published systems. Its manifest says
//
//   input:  {channels: gray, width: 200, height: 200}                        # the only size it takes
//   latent: {channels: 16, width: 8, height: 8, sample: u8, step: 0.0157}    # or sample: f32, without a step
//   coding: raw
//   study:  {paper: P2, key: "00112233..."}                                  # see RawShape::study_key
//
// A latent is [height][width][channels] samples without gaps: bytes of `step` each, or floats, little-endian.
#pragma once

#include <cstddef>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "config/document.h"

namespace lc::codec {

struct RawShape {
  int input_channels = 1;     // 1 gray, 3 rgb
  int width = 0, height = 0;  // of pictures, 1..kMaxRawSide
  int latent_channels = 0, latent_width = 0, latent_height = 0;
  bool is_f32 = false;
  float step = 0;   // of bytes: what 1 stands for
  Bytes study_key;  // the secret of the mask that the network was trained with; empty: none

  // All of it as one line: of the bundle's id, beside its files.
  std::string description() const;

  std::size_t samples() const {
    return static_cast<std::size_t>(latent_channels) * static_cast<std::size_t>(latent_width) *
           static_cast<std::size_t>(latent_height);
  }
  std::size_t bytes() const { return samples() * (is_f32 ? sizeof(float) : 1); }

  //   errors  invalid_config, with file, line and column
  static Result<RawShape> read(const config::Node& manifest);
};

inline constexpr int kMaxRawSide = 1024;
inline constexpr int kMaxRawChannels = 255;

}  // namespace lc::codec
