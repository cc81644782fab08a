#include "quality/ssim.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/result.h"
#include "quality/psnr.h"
#include "tensor/convert.h"

namespace lc::quality {
namespace {

constexpr int kWindow = 11;
constexpr double kSigma = 1.5;
constexpr float kC1 = 0.01F * 255 * 0.01F * 255, kC2 = 0.03F * 255 * 0.03F * 255;
constexpr std::array<double, 5> kScaleWeights{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

// One channel in floats around 0 (samples less 128): that keeps the variances, differences of large sums,
// exact.
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
    for (int x = 0; x < in.width / 2; ++x)
      *to++ = (top[2 * x] + top[2 * x + 1] + bottom[2 * x] + bottom[2 * x + 1]) / 4;
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

// out[i] = sum over k of weights[k] * taps[k][i], where taps are pointers into rows: the same for both
// directions. N known at compile time keeps the sum in a register.
template <int N>
void weigh_taps(const std::array<const float*, kWindow>& taps, const float* __restrict weights, int n,
                float* __restrict out) {
  for (int i = 0; i < n; ++i) {
    float sum = 0;
    for (std::size_t k = 0; k < N; ++k) sum += weights[k] * taps[k][i];
    out[i] = sum;
  }
}

void weigh_taps(const std::array<const float*, kWindow>& taps, const std::vector<float>& weights, int n,
                float* out) {
  if (weights.size() == kWindow) return weigh_taps<kWindow>(taps, weights.data(), n, out);
  std::fill_n(out, n, 0.0F);
  for (std::size_t k = 0; k < weights.size(); ++k)
    for (int i = 0; i < n; ++i) out[i] += weights[k] * taps[k][i];
}

// Windowed moments E[a], E[b], E[a a + b b], E[a b] of the pictures, row by row from the top: rows are
// filtered across when they are first needed and kept while the window covers them.
class Moments {
 public:
  Moments(const Channel& a, const Channel& b)
      : a_(a),
        b_(b),
        down_(gaussian(std::min(kWindow, a.height))),
        across_(gaussian(std::min(kWindow, a.width))) {
    width = a.width - static_cast<int>(across_.size()) + 1;
    height = a.height - static_cast<int>(down_.size()) + 1;
    for (auto& map : kept_) map.resize(static_cast<std::size_t>(width) * down_.size());
    for (auto& map : row) map.resize(static_cast<std::size_t>(width));
    for (auto& product : products_) product.resize(static_cast<std::size_t>(a.width));
  }

  int width, height;
  std::array<std::vector<float>, 4> row;

  // Rows are asked for in order, from 0.
  void compute(int y) {
    const int rows = static_cast<int>(down_.size());
    for (; next_ < y + rows; ++next_) filter_across(next_);
    for (std::size_t m = 0; m < 4; ++m) {
      std::array<const float*, kWindow> taps{};
      for (int k = 0; k < rows; ++k) taps[static_cast<std::size_t>(k)] = kept_row(m, y + k);
      weigh_taps(taps, down_, width, row[m].data());
    }
  }

 private:
  float* kept_row(std::size_t map, int y) {
    return kept_[map].data() + std::ptrdiff_t{y % static_cast<int>(down_.size())} * width;
  }

  void filter_across(int y) {
    const float* a = a_.row(y);
    const float* b = b_.row(y);
    float* squares = products_[0].data();
    float* product = products_[1].data();
    for (int i = 0; i < a_.width; ++i) {
      squares[i] = a[i] * a[i] + b[i] * b[i];
      product[i] = a[i] * b[i];
    }
    const float* sources[4] = {a, b, squares, product};
    for (std::size_t m = 0; m < 4; ++m) {
      std::array<const float*, kWindow> taps{};
      for (std::size_t k = 0; k < across_.size(); ++k) taps[k] = sources[m] + k;
      weigh_taps(taps, across_, width, kept_row(m, y));
    }
  }

  const Channel& a_;
  const Channel& b_;
  std::vector<float> down_, across_;
  std::array<std::vector<float>, 4> kept_;  // ring of rows filtered across
  std::array<std::vector<float>, 2> products_;
  int next_ = 0;
};

// Means over the picture: of the structure term alone (what coarse scales use), and of the full SSIM.
struct Terms {
  double structure = 0, full = 0;
};

// The two terms of each pixel of a row of windows.
void terms_of_row(const Moments& moments, float* __restrict structure, float* __restrict full) {
  const float* __restrict ma = moments.row[0].data();
  const float* __restrict mb = moments.row[1].data();
  const float* __restrict squares = moments.row[2].data();
  const float* __restrict product = moments.row[3].data();
  for (int i = 0; i < moments.width; ++i) {
    const float variances = squares[i] - ma[i] * ma[i] - mb[i] * mb[i],
                covariance = product[i] - ma[i] * mb[i];
    const float la = ma[i] + 128, lb = mb[i] + 128;
    structure[i] = (2 * covariance + kC2) / (variances + kC2);
    full[i] = structure[i] * ((2 * la * lb + kC1) / (la * la + lb * lb + kC1));
  }
}

Terms compare_scale(const Channel& a, const Channel& b) {
  Moments moments(a, b);
  std::vector<float> structure(static_cast<std::size_t>(moments.width)), full(structure.size());
  Terms sum;
  for (int y = 0; y < moments.height; ++y) {
    moments.compute(y);
    terms_of_row(moments, structure.data(), full.data());
    sum.structure += std::accumulate(structure.begin(), structure.end(), 0.0);
    sum.full += std::accumulate(full.begin(), full.end(), 0.0);
  }
  const double count = static_cast<double>(moments.width) * moments.height;
  return {sum.structure / count, sum.full / count};
}

Similarity similarity_of(Channel a, Channel b) {
  std::size_t scales = 1;
  for (int side = std::min(a.width, a.height); scales < kScaleWeights.size() && side > 10 << scales; ++scales)
    continue;
  double total = 0;
  for (std::size_t s = 0; s < scales; ++s) total += kScaleWeights[s];
  Similarity out{0, 1};
  for (std::size_t s = 0; s < scales; ++s) {
    const Terms terms = compare_scale(a, b);
    if (s == 0) out.ssim = terms.full;
    out.ms_ssim *=
        std::pow(std::max(s + 1 == scales ? terms.full : terms.structure, 0.0), kScaleWeights[s] / total);
    if (s + 1 < scales) a = halved(a), b = halved(b);
  }
  return out;
}

void expect_same_size(const ImageView& a, const ImageView& b) {
  expect_valid(a);
  expect_valid(b);
  LC_EXPECT(a.width == b.width && a.height == b.height, "pictures of one size are compared");
}

// The mean of compare(channel of a, channel of b), which gives a Similarity.
template <class Compare>
Similarity over_channels(const ImageView& a, const ImageView& b, Compare compare) {
  expect_same_size(a, b);
  if (a.format == PixelFormat::gray8 && b.format == PixelFormat::gray8)
    return compare(channel_of(a, 0, 1), channel_of(b, 0, 1));
  if (a.format != PixelFormat::rgb || b.format != PixelFormat::rgb)
    return over_channels(to_rgb(a).view(), to_rgb(b).view(), compare);
  Similarity mean;
  for (int c = 0; c < 3; ++c) {
    const Similarity one = compare(channel_of(a, c, 3), channel_of(b, c, 3));
    mean.ssim += one.ssim / 3, mean.ms_ssim += one.ms_ssim / 3;
  }
  return mean;
}

}  // namespace

Similarity similarity(const ImageView& a, const ImageView& b) { return over_channels(a, b, similarity_of); }

double ssim(const ImageView& a, const ImageView& b) {
  return over_channels(a, b,
                       [](const Channel& x, const Channel& y) {
                         return Similarity{compare_scale(x, y).full, 0};
                       })
      .ssim;
}

double ms_ssim(const ImageView& a, const ImageView& b) { return similarity(a, b).ms_ssim; }

double ms_ssim_db(double value) {
  return value >= 1 ? kIdenticalDb : std::min(kIdenticalDb, -10 * std::log10(1 - value));
}

}  // namespace lc::quality
