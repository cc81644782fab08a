// A moving scene that every machine paints alike: smooth shades, and a square that walks.
#pragma once

#include <cmath>
#include <random>

#include "tensor/convert.h"

namespace lc::test {

// RGB, converted to `format` where that is another.
//   noise  amplitude of fresh noise, in units of 8 bits
inline Image scene(int number, int width, int height, PixelFormat format = PixelFormat::rgb, int noise = 0) {
  Image image = Image::make(PixelFormat::rgb, width, height);
  std::mt19937 random(static_cast<std::uint32_t>(number));
  const MutableImageView view = image.mutable_view();
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      std::uint8_t* pixel = view.row(0, y) + 3 * x;
      const bool square = x >= 8 + 2 * number && x < 24 + 2 * number && y >= 8 && y < 24;
      const int rgb[3] = {60 + x * 2 % 120, 40 + y * 3 % 100, square ? 200 : 90};
      for (int c = 0; c < 3; ++c) {
        const int n =
            noise == 0 ? 0 : static_cast<int>(random() % static_cast<unsigned>(2 * noise + 1)) - noise;
        pixel[c] = static_cast<std::uint8_t>(std::min(std::max(rgb[c] + n, 0), 255));
      }
    }
  return format == PixelFormat::rgb ? std::move(image) : convert(image.view(), format);
}

// dB over all samples of all planes.
inline double psnr(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.samples().size(); ++i) {
    const double d = double{static_cast<double>(a.samples()[i])} - b.samples()[i];
    sum += d * d;
  }
  return sum == 0 ? 100 : 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.samples().size()) / sum);
}

}  // namespace lc::test
