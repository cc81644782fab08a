#include "quality/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "base/result.h"

namespace lc::quality {
namespace {

constexpr int kBits = 22;

struct Taps {
  int first = 0;
  std::vector<std::int64_t> weights;
};

std::vector<Taps> taps_of(int from, int to, Kernel kernel) {
  const double scale = static_cast<double>(from) / to, widened = std::max(scale, 1.0);
  const double reach = kernel_reach(kernel) * widened;
  std::vector<Taps> out(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    Taps& taps = out[static_cast<std::size_t>(i)];
    taps.first = std::max(0, static_cast<int>(centre - reach + 0.5));
    const int end = std::min(from, static_cast<int>(centre + reach + 0.5));
    std::vector<double> weights;
    double sum = 0;
    for (int k = taps.first; k < end; ++k) {
      weights.push_back(kernel_at(kernel, (k - centre + 0.5) / widened));
      sum += weights.back();
    }
    for (const double weight : weights)
      taps.weights.push_back(static_cast<std::int64_t>(std::round(weight / sum * (1 << kBits))));
  }
  return out;
}

// One row or column; steps from sample to sample in bytes.
void mix(const std::uint8_t* from, std::ptrdiff_t step, const std::vector<Taps>& taps, std::uint8_t* to,
         std::ptrdiff_t to_step) {
  for (const Taps& one : taps) {
    std::int64_t sum = 1 << (kBits - 1);
    const std::uint8_t* at = from + one.first * step;
    for (const std::int64_t weight : one.weights) {
      sum += weight * *at;
      at += step;
    }
    *to = static_cast<std::uint8_t>(std::clamp<std::int64_t>(sum >> kBits, 0, 255));
    to += to_step;
  }
}

double sinc(double x) {
  x *= std::numbers::pi;
  return x == 0 ? 1 : std::sin(x) / x;
}

}  // namespace

double kernel_reach(Kernel kernel) { return kernel == Kernel::lanczos ? 3 : 2; }

double kernel_at(Kernel kernel, double x) {
  x = std::abs(x);
  if (x >= kernel_reach(kernel)) return 0;
  if (kernel == Kernel::lanczos) return sinc(x) * sinc(x / 3);
  constexpr double a = -0.5;
  return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * a;
}

Image resized(const ImageView& picture, int width, int height, Kernel kernel) {
  LC_EXPECT(plane_count(picture.format) == 1, "rgb or gray8 is resized");
  LC_EXPECT(width > 0 && height > 0, "a picture has pixels");
  const int channels = row_bytes(picture.format, 0, 1);
  const auto columns = taps_of(picture.width, width, kernel), rows = taps_of(picture.height, height, kernel);
  Image across = Image::make(picture.format, width, picture.height), out = Image::make(picture.format, width, height);
  const auto mixed = across.mutable_view(), to = out.mutable_view();
  for (int y = 0; y < picture.height; ++y)
    for (int c = 0; c < channels; ++c) mix(picture.row(0, y) + c, channels, columns, mixed.row(0, y) + c, channels);
  for (int i = 0; i < width * channels; ++i)
    mix(mixed.row(0, 0) + i, mixed.strides[0], rows, to.row(0, 0) + i, to.strides[0]);
  return out;
}

}  // namespace lc::quality
