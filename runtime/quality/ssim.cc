#include "quality/ssim.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/result.h"
#include "quality/psnr.h"
#include "tensor/convert.h"

namespace lc::quality {
namespace {

constexpr int kWindow = 11;
constexpr double kSigma = 1.5;
constexpr double kC1 = 0.01 * 255 * 0.01 * 255, kC2 = 0.03 * 255 * 0.03 * 255;
constexpr std::array<double, 5> kScaleWeights{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

// One channel in floats around 0 (samples less 128): that keeps the variances, differences of large sums, exact.
struct Channel {
  int width = 0, height = 0;
  std::vector<float> values;
  const float* row(int y) const { return values.data() + std::ptrdiff_t{y} * width; }
};

Channel channel_of(const ImageView& image, int first, int step) {
  Channel out{image.width, image.height, {}};
  out.values.resize(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
  float* to = out.values.data();
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) *to++ = static_cast<float>(image.row(0, y)[x * step + first]) - 128;
  return out;
}

Channel halved(const Channel& in) {
  Channel out{(in.width + 1) / 2, (in.height + 1) / 2, {}};
  out.values.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height));
  float* to = out.values.data();
  for (int y = 0; y < out.height; ++y) {
    const float* top = in.row(2 * y);
    const float* bottom = in.row(std::min(2 * y + 1, in.height - 1));
    for (int x = 0; x < in.width / 2; ++x) *to++ = (top[2 * x] + top[2 * x + 1] + bottom[2 * x] + bottom[2 * x + 1]) / 4;
    if (in.width % 2) *to++ = (top[in.width - 1] + bottom[in.width - 1]) / 2;
  }
  return out;
}

std::vector<float> gaussian(int length) {
  std::vector<double> weights;
  double sum = 0;
  for (int i = 0; i < length; ++i) {
    const double at = i - (length - 1) / 2.0;
    weights.push_back(std::exp(-at * at / (2 * kSigma * kSigma)));
    sum += weights.back();
  }
  std::vector<float> out;
  for (const double w : weights) out.push_back(static_cast<float>(w / sum));
  return out;
}

void add_scaled(const float* __restrict in, float weight, int n, float* __restrict out) {
  for (int i = 0; i < n; ++i) out[i] += weight * in[i];
}

// The four moments of a window: E[a], E[b], E[a a + b b], E[a b].
struct Moments {
  std::array<std::vector<float>, 4> rows;
  explicit Moments(int width) {
    for (auto& row : rows) row.resize(static_cast<std::size_t>(width));
  }
};

void add_row(const float* __restrict a, const float* __restrict b, float w, int n, Moments& out) {
  float* __restrict ma = out.rows[0].data();
  float* __restrict mb = out.rows[1].data();
  float* __restrict squares = out.rows[2].data();
  float* __restrict product = out.rows[3].data();
  for (int i = 0; i < n; ++i) {
    ma[i] += w * a[i];
    mb[i] += w * b[i];
    squares[i] += w * (a[i] * a[i] + b[i] * b[i]);
    product[i] += w * (a[i] * b[i]);
  }
}

// Means over the picture: of the structure term alone (what coarse scales use), and of the full SSIM.
struct Similarity {
  double structure = 0, full = 0;
};

Similarity compare_scale(const Channel& a, const Channel& b) {
  const std::vector<float> down = gaussian(std::min(kWindow, a.height)), across = gaussian(std::min(kWindow, a.width));
  const int out_width = a.width - static_cast<int>(across.size()) + 1, out_height = a.height - static_cast<int>(down.size()) + 1;
  Moments column(a.width), window(out_width);
  Similarity sum;
  for (int y = 0; y < out_height; ++y) {
    for (auto& row : column.rows) std::fill(row.begin(), row.end(), 0.0F);
    for (auto& row : window.rows) std::fill(row.begin(), row.end(), 0.0F);
    for (std::size_t i = 0; i < down.size(); ++i) add_row(a.row(y + static_cast<int>(i)), b.row(y + static_cast<int>(i)), down[i], a.width, column);
    for (std::size_t m = 0; m < 4; ++m)
      for (std::size_t i = 0; i < across.size(); ++i) add_scaled(column.rows[m].data() + i, across[i], out_width, window.rows[m].data());
    for (std::size_t x = 0; x < static_cast<std::size_t>(out_width); ++x) {
      const double ma = window.rows[0][x], mb = window.rows[1][x];
      const double variances = window.rows[2][x] - ma * ma - mb * mb, covariance = window.rows[3][x] - ma * mb;
      const double structure = (2 * covariance + kC2) / (variances + kC2);
      const double la = ma + 128, lb = mb + 128;
      sum.structure += structure;
      sum.full += structure * (2 * la * lb + kC1) / (la * la + lb * lb + kC1);
    }
  }
  const double count = static_cast<double>(out_width) * out_height;
  return {sum.structure / count, sum.full / count};
}

double ms_ssim_of(Channel a, Channel b) {
  std::size_t scales = 1;
  for (int side = std::min(a.width, a.height); scales < kScaleWeights.size() && side > 10 << scales; ++scales) continue;
  double total = 0, product = 1;
  for (std::size_t s = 0; s < scales; ++s) total += kScaleWeights[s];
  for (std::size_t s = 0; s < scales; ++s) {
    const Similarity similarity = compare_scale(a, b);
    const double term = s + 1 == scales ? similarity.full : similarity.structure;
    product *= std::pow(std::max(term, 0.0), kScaleWeights[s] / total);
    if (s + 1 < scales) a = halved(a), b = halved(b);
  }
  return product;
}

// The mean over channels of compare(a's channel, b's channel).
template <class Compare>
double over_channels(const ImageView& a, const ImageView& b, Compare compare) {
  expect_valid(a);
  expect_valid(b);
  LC_EXPECT(a.width == b.width && a.height == b.height, "pictures of one size are compared");
  if (a.format == PixelFormat::gray8 && b.format == PixelFormat::gray8) return compare(channel_of(a, 0, 1), channel_of(b, 0, 1));
  if (a.format != PixelFormat::rgb || b.format != PixelFormat::rgb) return over_channels(to_rgb(a).view(), to_rgb(b).view(), compare);
  double sum = 0;
  for (int c = 0; c < 3; ++c) sum += compare(channel_of(a, c, 3), channel_of(b, c, 3));
  return sum / 3;
}

}  // namespace

double ssim(const ImageView& a, const ImageView& b) {
  return over_channels(a, b, [](const Channel& x, const Channel& y) { return compare_scale(x, y).full; });
}

double ms_ssim(const ImageView& a, const ImageView& b) { return over_channels(a, b, ms_ssim_of); }

double ms_ssim_db(double value) { return value >= 1 ? kIdenticalDb : std::min(kIdenticalDb, -10 * std::log10(1 - value)); }

}  // namespace lc::quality
