#include "quality/psnr.h"

#include <algorithm>
#include <cmath>

#include "base/result.h"
#include "tensor/colour.h"
#include "tensor/convert.h"

namespace lc::quality {
namespace {

void expect_same_size(const ImageView& a, const ImageView& b) {
  expect_valid(a);
  expect_valid(b);
  LC_EXPECT(a.width == b.width && a.height == b.height, "pictures of one size are compared");
}

// Over every `step`-th byte of a plane from `first` on.
double strided_mse(const ImageView& a, const ImageView& b, int plane, int first, int step) {
  const int bytes = row_bytes(a.format, plane, a.width), rows = row_count(a.format, plane, a.height);
  std::uint64_t sum = 0;
  for (int y = 0; y < rows; ++y) {
    const std::uint8_t* p = a.row(plane, y);
    const std::uint8_t* q = b.row(plane, y);
    std::uint32_t row_sum =
        0;  // at most 3 * 2^15 samples of 255^2: not quite 2^33, so it is emptied on the way
    for (int x = first; x < bytes;) {
      const int end = std::min(bytes, x + 32768);
      for (; x < end; x += step) {
        const int difference = p[x] - q[x];
        row_sum += static_cast<std::uint32_t>(difference * difference);
      }
      sum += row_sum;
      row_sum = 0;
    }
  }
  return static_cast<double>(sum) / (static_cast<double>(bytes) / step * rows);
}

double weigh_611(double y, double cb, double cr) {
  return (6 * psnr_of_mse(y) + psnr_of_mse(cb) + psnr_of_mse(cr)) / 8;
}

// The difference of two RGB pictures in Y'CbCr, which is linear: no need to convert both.
double rgb_611(const ImageView& a, const ImageView& b) {
  const LumaWeights k = luma_weights(ColourMatrix::bt601);
  double y = 0, cb = 0, cr = 0;
  for (int row = 0; row < a.height; ++row) {
    const std::uint8_t* p = a.row(0, row);
    const std::uint8_t* q = b.row(0, row);
    for (int x = 0; x < 3 * a.width; x += 3) {
      const double dr = p[x] - q[x], dg = p[x + 1] - q[x + 1], db = p[x + 2] - q[x + 2];
      const double luma = k.r * dr + k.g * dg + k.b * db;
      const double blue = (db - luma) / (2 * (1 - k.b)), red = (dr - luma) / (2 * (1 - k.r));
      y += luma * luma, cb += blue * blue, cr += red * red;
    }
  }
  const double pixels = static_cast<double>(a.width) * a.height;
  return weigh_611(y / pixels, cb / pixels, cr / pixels);
}

}  // namespace

double psnr_of_mse(double mse) {
  return mse <= 0 ? kIdenticalDb : std::min(kIdenticalDb, 10 * std::log10(255.0 * 255.0 / mse));
}

double plane_mse(const ImageView& a, const ImageView& b, int plane) {
  expect_same_size(a, b);
  LC_EXPECT(a.format == b.format && plane < plane_count(a.format), "planes of one format are compared");
  return strided_mse(a, b, plane, 0, 1);
}

double psnr_rgb(const ImageView& a, const ImageView& b) {
  expect_same_size(a, b);
  if (a.format == PixelFormat::rgb && b.format == PixelFormat::rgb)
    return psnr_of_mse(strided_mse(a, b, 0, 0, 1));
  return psnr_rgb(to_rgb(a).view(), to_rgb(b).view());
}

double psnr_611(const ImageView& a, const ImageView& b) {
  expect_same_size(a, b);
  const bool alike = a.format == b.format && a.colour == b.colour;
  if (alike && a.format == PixelFormat::i420)
    return weigh_611(plane_mse(a, b, 0), plane_mse(a, b, 1), plane_mse(a, b, 2));
  if (alike && a.format == PixelFormat::nv12)
    return weigh_611(plane_mse(a, b, 0), strided_mse(a, b, 1, 0, 2), strided_mse(a, b, 1, 1, 2));
  return rgb_611(to_rgb(a).view(), to_rgb(b).view());
}

}  // namespace lc::quality
