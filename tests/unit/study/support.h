// Pictures and secrets for the tests of study/.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>

#include "quality/png.h"
#include "study/cipher.h"
#include "support/test.h"

namespace lc::test {

inline Bytes secret(unsigned number = 0) {
  Bytes out(32);
  std::mt19937 random(1000 + number);
  for (std::byte& b : out) b = static_cast<std::byte>(random());
  return out;
}

// A room: smooth light, a few hard edges, sensor noise of sigma 1.5; `shift` moves an object in it.
inline Image scene(int width, int height, int shift = 0, unsigned noise_seed = 1,
                   PixelFormat format = PixelFormat::gray8) {
  Image image = Image::make(format, width, height);
  const MutableImageView view = image.mutable_view();
  const int channels = format == PixelFormat::rgb ? 3 : 1;
  std::mt19937_64 random(noise_seed);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) {
        double v = 110 + 60 * std::sin(0.021 * x + 0.5 * c) * std::cos(0.017 * y) + 25 * std::sin(0.11 * x + 0.07 * y);
        if (y > height * 2 / 3) v -= 45;
        if (x - width / 4 - shift > 0 && x - width / 4 - shift < width / 6 && y > height / 3) v = 225 - 0.2 * y;
        const double noise = static_cast<double>(random() % 1000 + random() % 1000 + random() % 1000) / 333 - 4.5;
        view.row(0, y)[channels * x + c] = static_cast<std::uint8_t>(std::lround(std::clamp(v + noise, 0.0, 255.0)));
      }
  return image;
}

}  // namespace lc::test
