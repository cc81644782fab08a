#include "cli/chroma_420.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "tensor/colour.h"

namespace lc::cli {
namespace {

constexpr double kLobes = 3;
constexpr LumaWeights kWeights = luma_weights(ColourMatrix::bt601);
constexpr auto kRed = static_cast<float>(kWeights.r), kGreen = static_cast<float>(kWeights.g),
               kBlue = static_cast<float>(kWeights.b);
constexpr CodeRange kRange = code_range(ColourRange::limited);
constexpr auto kLuma = static_cast<float>(kRange.scale / 255), kChroma = static_cast<float>(kRange.chroma_scale / 255);

struct Plane {
  int width, height;
  std::vector<float> samples;

  Plane(int w, int h) : width(w), height(h), samples(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)) {}
  std::size_t place(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
  }
  float& at(int x, int y) { return samples[place(x, y)]; }
  float at(int x, int y) const { return samples[place(x, y)]; }
};

double lanczos(double x) {
  if (std::fabs(x) < 1e-9) return 1;
  if (std::fabs(x) >= kLobes) return 0;
  const double t = std::numbers::pi * x;
  return kLobes * std::sin(t) * std::sin(t / kLobes) / (t * t);
}

// Along one axis: sample i of the result lies at (i + 0.5) * ratio - 0.5 of the source; edges are repeated.
struct Filter {
  int taps;
  std::vector<int> first;      // [size], of the source
  std::vector<float> weights;  // [size][taps], of sum 1
};

Filter filter(int source, int size) {
  const double ratio = static_cast<double>(source) / size, reach = kLobes * std::max(1.0, ratio);
  Filter out{static_cast<int>(2 * reach) + 1, {}, {}};
  for (int i = 0; i < size; ++i) {
    const double centre = (i + 0.5) * ratio - 0.5;
    const int first = static_cast<int>(std::ceil(centre - reach));
    std::vector<double> weights;
    for (int k = first; k < first + out.taps; ++k) weights.push_back(lanczos((k - centre) * kLobes / reach));
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    out.first.push_back(first);
    for (const double weight : weights) out.weights.push_back(static_cast<float>(weight / sum));
  }
  return out;
}

Plane resized(const Plane& in, int width, int height) {
  const Filter across = filter(in.width, width), down = filter(in.height, height);
  Plane wide(width, in.height), out(width, height);
  for (int y = 0; y < in.height; ++y)
    for (int x = 0; x < width; ++x)
      for (int k = 0; k < across.taps; ++k)
        wide.at(x, y) += across.weights[static_cast<std::size_t>(x * across.taps + k)] *
                         in.at(std::clamp(across.first[static_cast<std::size_t>(x)] + k, 0, in.width - 1), y);
  for (int y = 0; y < height; ++y)
    for (int k = 0; k < down.taps; ++k) {
      const float weight = down.weights[static_cast<std::size_t>(y * down.taps + k)];
      const int from = std::clamp(down.first[static_cast<std::size_t>(y)] + k, 0, in.height - 1);
      for (int x = 0; x < width; ++x) out.at(x, y) += weight * wide.at(x, from);
    }
  return out;
}

std::uint8_t to_byte(float value) { return static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f)); }

void put(const Plane& plane, int number, const MutableImageView& out) {
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x) out.row(number, y)[x] = to_byte(plane.at(x, y));
}

Plane take(const ImageView& image, int number, int width, int height) {
  Plane out(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) out.at(x, y) = image.row(number, y)[x];
  return out;
}

}  // namespace

Image to_420(const ImageView& rgb) {
  const int width = rgb.width + rgb.width % 2, height = rgb.height + rgb.height % 2;
  Plane luma(width, height), blue(width, height), red(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const std::uint8_t* pixel = rgb.row(0, std::min(y, rgb.height - 1)) + 3 * std::min(x, rgb.width - 1);
      const float l = kRed * pixel[0] + kGreen * pixel[1] + kBlue * pixel[2];
      luma.at(x, y) = 16 + kLuma * l;
      blue.at(x, y) = 128 + kChroma * 0.5f * (pixel[2] - l) / (1 - kBlue);
      red.at(x, y) = 128 + kChroma * 0.5f * (pixel[0] - l) / (1 - kRed);
    }
  Image out = Image::make(PixelFormat::i420, width, height);
  const MutableImageView view = out.mutable_view();
  put(luma, 0, view);
  put(resized(blue, width / 2, height / 2), 1, view);
  put(resized(red, width / 2, height / 2), 2, view);
  return out;
}

Image from_420(const ImageView& i420, int width, int height) {
  const int half_width = chroma_size(i420.width), half_height = chroma_size(i420.height);
  const Plane luma = take(i420, 0, i420.width, i420.height);
  const Plane blue = resized(take(i420, 1, half_width, half_height), 2 * half_width, 2 * half_height);
  const Plane red = resized(take(i420, 2, half_width, half_height), 2 * half_width, 2 * half_height);
  Image out = Image::make(PixelFormat::rgb, width, height);
  const MutableImageView view = out.mutable_view();
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const float l = (luma.at(x, y) - 16) / kLuma;
      const float b = l + (blue.at(x, y) - 128) / kChroma * 2 * (1 - kBlue);
      const float r = l + (red.at(x, y) - 128) / kChroma * 2 * (1 - kRed);
      std::uint8_t* pixel = view.row(0, y) + 3 * x;
      pixel[0] = to_byte(r);
      pixel[1] = to_byte((l - kRed * r - kBlue * b) / kGreen);
      pixel[2] = to_byte(b);
    }
  return out;
}

}  // namespace lc::cli
