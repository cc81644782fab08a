#include "codec/change_detector.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "codec/bitstream.h"

namespace lc::codec {
namespace {

constexpr int kSquare = 8;
constexpr int kMaxSamples = 3;
// In units of 8 bits. For Gaussian noise of sigma s, absolute differences have a mean of 1.13 s and those of squares a
// deviation of 0.11 s; means of squares deviate by 0.18 s. The limits lie more than 4 deviations of the worst of 6
// squares above the median of these.
constexpr float kLargestNoise = 7;
constexpr float kMeanFloor = 1.0f, kMeanShare = 0.8f;
constexpr float kAbsoluteFloor = 1.5f, kAbsoluteShare = 1.45f;

struct Sums {
  std::array<int, kMaxSamples> signed_sum{}, absolute{};
};

// At most 8 x 8 pixels. With constant sizes this becomes a few vector instructions a row.
template <int Samples>
Sums sum_square(const std::uint8_t* now, std::ptrdiff_t stride, const std::uint8_t* before,
                std::ptrdiff_t before_stride, int width, int height) {
  Sums sums;
  for (int j = 0; j < height; ++j, now += stride, before += before_stride)
    for (int i = 0; i < width; ++i)
      for (int s = 0; s < Samples; ++s) {
        const int difference = now[i * Samples + s] - before[i * Samples + s];
        sums.signed_sum[static_cast<std::size_t>(s)] += difference;
        sums.absolute[static_cast<std::size_t>(s)] += std::abs(difference);
      }
  return sums;
}

#ifdef __SSE2__
// One sample a pixel: sums of eight are one instruction.
template <>
Sums sum_square<1>(const std::uint8_t* now, std::ptrdiff_t stride, const std::uint8_t* before, std::ptrdiff_t before_stride,
                   int width, int height) {
  const __m128i zero = _mm_setzero_si128();
  __m128i sum_now = zero, sum_before = zero, absolute = zero;
  for (int j = 0; j < height; ++j, now += stride, before += before_stride) {
    std::uint64_t a = 0, b = 0;
    std::memcpy(&a, now, static_cast<std::size_t>(width));
    std::memcpy(&b, before, static_cast<std::size_t>(width));
    const __m128i x = _mm_cvtsi64_si128(static_cast<long long>(a)), y = _mm_cvtsi64_si128(static_cast<long long>(b));
    sum_now = _mm_add_epi64(sum_now, _mm_sad_epu8(x, zero));
    sum_before = _mm_add_epi64(sum_before, _mm_sad_epu8(y, zero));
    absolute = _mm_add_epi64(absolute, _mm_sad_epu8(x, y));
  }
  Sums sums;
  sums.signed_sum[0] = _mm_cvtsi128_si32(_mm_sub_epi64(sum_now, sum_before));
  sums.absolute[0] = _mm_cvtsi128_si32(absolute);
  return sums;
}
#endif

template <int Samples>
Sums sum_any(const std::uint8_t* now, std::ptrdiff_t stride, const std::uint8_t* before, std::ptrdiff_t before_stride,
             int width, int height) {
  if (width == kSquare && height == kSquare)
    return sum_square<Samples>(now, stride, before, before_stride, kSquare, kSquare);
  return sum_square<Samples>(now, stride, before, before_stride, width, height);
}

}  // namespace

ChangeDetector::ChangeDetector(PixelFormat format, int width, int height)
    : rows_(latent_size(height)), columns_(latent_size(width)) {
  for (int p = 0; p < plane_count(format); ++p) {
    Plane plane;
    plane.height = row_count(format, p, height);
    plane.width = p == 0 ? width : chroma_size(width);
    plane.samples = row_bytes(format, p, width) / plane.width;
    plane.cell = p == 0 ? kLatentStride : kLatentStride / 2;
    plane.seen.resize(static_cast<std::size_t>(plane.height) * static_cast<std::size_t>(plane.width) *
                      static_cast<std::size_t>(plane.samples));
    planes_.push_back(std::move(plane));
  }
  const auto positions = static_cast<std::size_t>(rows_) * static_cast<std::size_t>(columns_);
  differences_.resize(positions);
  changed_.resize(positions);
}

// The square whose top left pixel is (x, y); cut off at the picture's edges.
ChangeDetector::Difference ChangeDetector::compare_square(const Plane& plane, const std::uint8_t* rows,
                                                          std::ptrdiff_t stride, int x, int y) const {
  const int width = std::min(kSquare, plane.width - x), height = std::min(kSquare, plane.height - y);
  const std::ptrdiff_t seen_stride = std::ptrdiff_t{plane.width} * plane.samples;
  const std::uint8_t* now = rows + y * stride + std::ptrdiff_t{x} * plane.samples;
  const std::uint8_t* before = plane.seen.data() + y * seen_stride + std::ptrdiff_t{x} * plane.samples;
  const auto sum = plane.samples == 1 ? sum_any<1> : plane.samples == 2 ? sum_any<2> : sum_any<3>;
  const Sums sums = sum(now, stride, before, seen_stride, width, height);
  const float scale = 1.0f / static_cast<float>(width * height);
  Difference worst{0, 0};
  for (std::size_t s = 0; s < static_cast<std::size_t>(plane.samples); ++s) {
    worst.mean = std::max(worst.mean, scale * static_cast<float>(std::abs(sums.signed_sum[s])));
    worst.absolute = std::max(worst.absolute, scale * static_cast<float>(sums.absolute[s]));
  }
  return worst;
}

std::span<const std::uint8_t> ChangeDetector::compare(const ImageView& picture) {
  std::array<int, 256> histogram{};  // of absolute differences, in 1/16
  for (int row = 0; row < rows_; ++row)
    for (int column = 0; column < columns_; ++column) {
      Difference worst{0, 0};
      for (std::size_t p = 0; p < planes_.size(); ++p) {
        const Plane& plane = planes_[p];
        const int bottom = std::min((row + 1) * plane.cell, plane.height),
                  right = std::min((column + 1) * plane.cell, plane.width);
        for (int y = row * plane.cell; y < bottom; y += kSquare)
          for (int x = column * plane.cell; x < right; x += kSquare) {
            const Difference one = compare_square(plane, picture.planes[p], picture.strides[p], x, y);
            worst.mean = std::max(worst.mean, one.mean);
            worst.absolute = std::max(worst.absolute, one.absolute);
          }
      }
      differences_[static_cast<std::size_t>(row * columns_ + column)] = worst;
      ++histogram[static_cast<std::size_t>(std::min(255.0f, 16 * worst.absolute))];
    }
  int below = 0, bin = 0;
  while (bin < 255 && below + histogram[static_cast<std::size_t>(bin)] <= rows_ * columns_ / 2)
    below += histogram[static_cast<std::size_t>(bin++)];
  const float noise = std::min(static_cast<float>(bin) / 16, kLargestNoise);
  const float mean_limit = kMeanFloor + kMeanShare * noise, absolute_limit = kAbsoluteFloor + kAbsoluteShare * noise;
  for (std::size_t i = 0; i < differences_.size(); ++i)
    changed_[i] = differences_[i].mean > mean_limit || differences_[i].absolute > absolute_limit;
  return changed_;
}

void ChangeDetector::keep(const ImageView& picture, int row, int column) {
  for (std::size_t p = 0; p < planes_.size(); ++p) {
    Plane& plane = planes_[p];
    const int bottom = std::min((row + 1) * plane.cell, plane.height),
              right = std::min((column + 1) * plane.cell, plane.width);
    const int left = column * plane.cell;
    for (int y = row * plane.cell; y < bottom && left < right; ++y)
      std::copy_n(picture.row(static_cast<int>(p), y) + std::ptrdiff_t{left} * plane.samples,
                  (right - left) * plane.samples,
                  plane.seen.data() + (std::ptrdiff_t{y} * plane.width + left) * plane.samples);
  }
}

}  // namespace lc::codec
