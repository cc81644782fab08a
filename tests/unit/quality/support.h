// Pictures for the tests of quality/.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>

#include "support/test.h"
#include "tensor/image.h"

namespace lc::test {

inline Image random_image(PixelFormat format, int width, int height, unsigned seed) {
  Image image = Image::make(format, width, height);
  std::mt19937 random(seed);
  for (std::size_t i = 0; i < image.samples().size(); ++i)
    image.mutable_view().planes[0][i] = static_cast<std::uint8_t>(random() & 255);
  return image;
}

inline Image flat_image(PixelFormat format, int width, int height, std::uint8_t value) {
  Image image = Image::make(format, width, height);
  std::fill_n(image.mutable_view().planes[0], image.samples().size(), value);
  return image;
}

// Every sample moved by noise of -amount..amount.
inline Image noisy(const Image& image, int amount, unsigned seed) {
  Image out = image;
  std::mt19937 random(seed);
  std::uint8_t* samples = out.mutable_view().planes[0];
  for (std::size_t i = 0; i < out.samples().size(); ++i)
    samples[i] = static_cast<std::uint8_t>(std::clamp(
        samples[i] + static_cast<int>(random() % static_cast<unsigned>(2 * amount + 1)) - amount, 0, 255));
  return out;
}

// Smooth waves: something that codecs can compress.
inline Image waves(PixelFormat format, int width, int height) {
  Image image = Image::make(format, width, height);
  const MutableImageView view = image.mutable_view();
  const int channels = format == PixelFormat::rgb ? 3 : 1;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        view.row(0, y)[channels * x + c] = static_cast<std::uint8_t>(
            128 + 60 * std::sin(0.11 * x + 0.05 * y + c) + 50 * std::cos(0.07 * y - 0.02 * x * c));
  return image;
}

}  // namespace lc::test
