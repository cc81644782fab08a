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
// In units of 8 bits. For Gaussian noise of sigma s, absolute differences have a mean of 1.13 s and those of squares a
// deviation of 0.11 s; means of squares deviate by 0.18 s. The limits lie more than 4 deviations of the worst of 6
// squares above the median of these.
constexpr float kLargestNoise = 7;
constexpr float kMeanFloor = 1.0f, kMeanShare = 0.8f;
constexpr float kAbsoluteFloor = 1.5f, kAbsoluteShare = 1.45f;

// Of a square, by channel.
struct Sums {
  std::array<int, 3> signed_sum{}, absolute{};
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
// Two squares beside each other, of one sample a pixel: sums of eight are one instruction.
void sum_two_squares(const std::uint8_t* now, std::ptrdiff_t stride, const std::uint8_t* before, std::ptrdiff_t before_stride,
                     Sums& left, Sums& right) {
  const __m128i zero = _mm_setzero_si128();
  __m128i difference = zero, absolute = zero;
  for (int j = 0; j < kSquare; ++j, now += stride, before += before_stride) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(now));
    const __m128i y = _mm_loadu_si128(reinterpret_cast<const __m128i*>(before));
    difference = _mm_add_epi64(difference, _mm_sub_epi64(_mm_sad_epu8(x, zero), _mm_sad_epu8(y, zero)));
    absolute = _mm_add_epi64(absolute, _mm_sad_epu8(x, y));
  }
  left.signed_sum[0] = _mm_cvtsi128_si32(difference);
  left.absolute[0] = _mm_cvtsi128_si32(absolute);
  right.signed_sum[0] = _mm_cvtsi128_si32(_mm_unpackhi_epi64(difference, difference));
  right.absolute[0] = _mm_cvtsi128_si32(_mm_unpackhi_epi64(absolute, absolute));
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

// One row of squares, which begins at row y; cut off at the picture's edges.
void ChangeDetector::compare_squares(const Plane& plane, const std::uint8_t* picture, std::ptrdiff_t stride, int y,
                                     Difference* worst) {
  const int height = std::min(kSquare, plane.height - y);
  const std::ptrdiff_t seen_stride = std::ptrdiff_t{plane.width} * plane.samples;
  const std::uint8_t* now = picture + y * stride;
  const std::uint8_t* before = plane.seen.data() + y * seen_stride;
  int x = 0;
  const auto note = [&](const Sums& sums, int at, int pixels) {
    Difference& cell = worst[at / plane.cell];
    const float scale = 1.0f / static_cast<float>(pixels);
    for (std::size_t i = 0; i < static_cast<std::size_t>(plane.samples); ++i) {
      cell.mean = std::max(cell.mean, scale * static_cast<float>(std::abs(sums.signed_sum[i])));
      cell.absolute = std::max(cell.absolute, scale * static_cast<float>(sums.absolute[i]));
    }
  };
#ifdef __SSE2__
  for (Sums left, right; plane.samples == 1 && height == kSquare && x + 2 * kSquare <= plane.width; x += 2 * kSquare) {
    sum_two_squares(now + x, stride, before + x, seen_stride, left, right);
    note(left, x, kSquare * kSquare);
    note(right, x + kSquare, kSquare * kSquare);
  }
#endif
  const auto sum = plane.samples == 1 ? sum_any<1> : plane.samples == 2 ? sum_any<2> : sum_any<3>;
  for (; x < plane.width; x += kSquare) {
    const int width = std::min(kSquare, plane.width - x);
    const std::ptrdiff_t at = std::ptrdiff_t{x} * plane.samples;
    note(sum(now + at, stride, before + at, seen_stride, width, height), x, width * height);
  }
}

std::span<const std::uint8_t> ChangeDetector::compare(const ImageView& picture) {
  std::fill(differences_.begin(), differences_.end(), Difference{0, 0});
  for (std::size_t p = 0; p < planes_.size(); ++p)
    for (int y = 0; y < planes_[p].height; y += kSquare)
      compare_squares(planes_[p], picture.planes[p], picture.strides[p], y,
                      &differences_[static_cast<std::size_t>(y / planes_[p].cell * columns_)]);
  std::array<int, 256> histogram{};  // of absolute differences, in 1/16
  for (const Difference& worst : differences_) ++histogram[static_cast<std::size_t>(std::min(255.0f, 16 * worst.absolute))];
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
