// Tensors to pictures, two luma rows at a time, in tiles that stay in the first-level cache.
#include <algorithm>
#include <cstring>
#include <vector>

#include "base/result.h"
#include "tensor/colour.h"
#include "tensor/convert.h"
#include "tensor/lanes.h"

namespace lc {
namespace {

constexpr int kTile = 256;  // pixels; even, so that a tile begins on a chroma sample

// sample = r R + g G + b B + offset, cut to an integer: the offset has the half for rounding in it
struct Weights {
  float r, g, b, offset;
};

struct RgbToYuv {
  Weights y, u, v;  // u and v take sums of eight pixels
};

RgbToYuv rgb_to_yuv(ColourSpec colour) {
  const LumaWeights k = luma_weights(colour.matrix);
  const CodeRange code = code_range(colour.range);
  const auto weights = [](double r, double g, double b, double scale, double offset) {
    return Weights{static_cast<float>(r * scale), static_cast<float>(g * scale),
                   static_cast<float>(b * scale), static_cast<float>(offset + 0.5)};
  };
  return {weights(k.r, k.g, k.b, code.scale, code.offset),
          weights(-k.r, -k.g, 1 - k.b, code.chroma_scale / (2 * (1 - k.b)) / 8, 128),
          weights(1 - k.r, -k.g, -k.b, code.chroma_scale / (2 * (1 - k.r)) / 8, 128)};
}

void weigh(const float* __restrict r, const float* __restrict g, const float* __restrict b, int n, Weights k,
           std::uint8_t* __restrict out) {
  int i = 0;
  for (; i + 16 <= n; i += 16) {
    lanes::F4 v[4];
    for (int j = 0; j < 4; ++j) {
      const int at = i + 4 * j;
      v[j] = k.r * lanes::load(r + at) + k.g * lanes::load(g + at) + (k.b * lanes::load(b + at) + k.offset);
    }
    lanes::to_bytes(v, out + i);
  }
  for (; i < n; ++i) out[i] = lanes::to_byte(k.r * r[i] + k.g * g[i] + (k.b * b[i] + k.offset));
}

// One channel of two rows of a tile, their sum, and from it sums of eight pixels at half the width.
struct Channel {
  float top[kTile], bottom[kTile];
  float
      sum[kTile + 2];  // of top and bottom; with the pixel before the tile first, and the edge repeated last
  float half[kTile / 2];

  void begin_row() { fresh_ = true; }
  void halve(int n) {
    const float carried = fresh_ ? 0 : sum[kTile];
    for (int i = 0; i < n; ++i) sum[i + 1] = top[i] + bottom[i];
    sum[0] = fresh_ ? sum[1] : carried;
    if (n % 2) sum[n + 1] = sum[n];
    for (int i = 0; i < chroma_size(n); ++i) half[i] = sum[2 * i] + 2 * sum[2 * i + 1] + sum[2 * i + 2];
    fresh_ = false;
  }

 private:
  bool fresh_ = true;
};

struct TwoRows {
  Channel r, g, b;
};

void store_chroma(const TwoRows& t, int n, const RgbToYuv& k, const MutableImageView& out, int chroma_row,
                  int chroma_x) {
  if (out.format == PixelFormat::i420) {
    weigh(t.r.half, t.g.half, t.b.half, n, k.u, out.row(1, chroma_row) + chroma_x);
    weigh(t.r.half, t.g.half, t.b.half, n, k.v, out.row(2, chroma_row) + chroma_x);
    return;
  }
  std::uint8_t u[kTile / 2], v[kTile / 2];
  weigh(t.r.half, t.g.half, t.b.half, n, k.u, u);
  weigh(t.r.half, t.g.half, t.b.half, n, k.v, v);
  std::uint8_t* __restrict to = out.row(1, chroma_row) + std::ptrdiff_t{2} * chroma_x;
  for (int i = 0; i < n; ++i) to[2 * i] = u[i], to[2 * i + 1] = v[i];
}

// Luma rows y and y + 1 (the last row of an odd height counts twice) and the chroma row of both.
void yuv_rows(const float* top, const float* bottom, int y, const RgbToYuv& k, const MutableImageView& out) {
  TwoRows t;
  t.r.begin_row(), t.g.begin_row(), t.b.begin_row();
  for (int x = 0; x < out.width; x += kTile) {
    const int n = std::min(kTile, out.width - x);
    lanes::deinterleave(top + std::ptrdiff_t{3} * x, n, t.r.top, t.g.top, t.b.top);
    lanes::deinterleave(bottom + std::ptrdiff_t{3} * x, n, t.r.bottom, t.g.bottom, t.b.bottom);
    weigh(t.r.top, t.g.top, t.b.top, n, k.y, out.row(0, y) + x);
    if (bottom != top) weigh(t.r.bottom, t.g.bottom, t.b.bottom, n, k.y, out.row(0, y + 1) + x);
    t.r.halve(n), t.g.halve(n), t.b.halve(n);
    store_chroma(t, chroma_size(n), k, out, y / 2, x / 2);
  }
}

void luma_row(const float* in, int width, Weights k, std::uint8_t* out) {
  float r[kTile], g[kTile], b[kTile];
  for (int x = 0; x < width; x += kTile) {
    const int n = std::min(kTile, width - x);
    lanes::deinterleave(in + std::ptrdiff_t{3} * x, n, r, g, b);
    weigh(r, g, b, n, k, out + x);
  }
}

void scale_row(const float* __restrict in, int n, float scale, float offset, std::uint8_t* __restrict out) {
  offset += 0.5F;
  int i = 0;
  for (; i + 16 <= n; i += 16) {
    lanes::F4 v[4];
    for (int j = 0; j < 4; ++j) v[j] = scale * lanes::load(in + i + 4 * j) + offset;
    lanes::to_bytes(v, out + i);
  }
  for (; i < n; ++i) out[i] = lanes::to_byte(scale * in[i] + offset);
}

void gray_row_to_rgb(const float* __restrict in, int n, std::uint8_t* __restrict out) {
  for (int i = 0; i < n; ++i)
    out[3 * i] = out[3 * i + 1] = out[3 * i + 2] = lanes::to_byte(255 * in[i] + 0.5F);
}

// Floats between rows of the tensor, once it was found to fit the picture.
std::size_t checked_stride(std::span<const float> tensor, int padded_width, int padded_height, int channels,
                           const ImageView& image) {
  expect_valid(image);
  LC_EXPECT(padded_width >= image.width && padded_height >= image.height, "the tensor covers the picture");
  const std::size_t stride = static_cast<std::size_t>(padded_width) * static_cast<std::size_t>(channels);
  LC_EXPECT(tensor.size() == stride * static_cast<std::size_t>(padded_height),
            "the tensor has the padded size");
  return stride;
}

}  // namespace

void from_rgb_tensor(std::span<const float> rgb, int padded_width, int padded_height,
                     const MutableImageView& out) {
  const std::size_t stride = checked_stride(rgb, padded_width, padded_height, 3, out);
  const auto row = [&](int y) { return rgb.data() + static_cast<std::size_t>(y) * stride; };
  if (out.format == PixelFormat::rgb) {
    for (int y = 0; y < out.height; ++y) scale_row(row(y), 3 * out.width, 255, 0, out.row(0, y));
  } else if (out.format == PixelFormat::gray8) {
    const RgbToYuv k = rgb_to_yuv({out.colour.matrix, ColourRange::full});
    for (int y = 0; y < out.height; ++y) luma_row(row(y), out.width, k.y, out.row(0, y));
  } else {
    const RgbToYuv k = rgb_to_yuv(out.colour);
    for (int y = 0; y < out.height; y += 2) yuv_rows(row(y), row(std::min(y + 1, out.height - 1)), y, k, out);
  }
}

void from_gray_tensor(std::span<const float> gray, int padded_width, int padded_height,
                      const MutableImageView& out) {
  const std::size_t stride = checked_stride(gray, padded_width, padded_height, 1, out);
  const CodeRange code = code_range(out.format == PixelFormat::gray8 ? ColourRange::full : out.colour.range);
  const auto scale = static_cast<float>(code.scale), offset = static_cast<float>(code.offset);
  for (int y = 0; y < out.height; ++y) {
    const float* row = gray.data() + static_cast<std::size_t>(y) * stride;
    if (out.format == PixelFormat::rgb)
      gray_row_to_rgb(row, out.width, out.row(0, y));
    else
      scale_row(row, out.width, scale, offset, out.row(0, y));
  }
  for (int plane = 1; plane < plane_count(out.format); ++plane)
    for (int y = 0; y < row_count(out.format, plane, out.height); ++y)
      std::memset(out.row(plane, y), 128, static_cast<std::size_t>(row_bytes(out.format, plane, out.width)));
}

Image convert(const ImageView& image, PixelFormat format, ColourSpec colour) {
  expect_valid(image);
  std::vector<float> rgb(std::size_t{3} * static_cast<std::size_t>(image.width) *
                         static_cast<std::size_t>(image.height));
  to_rgb_tensor(image, image.width, image.height, rgb);
  Image out = Image::make(format, image.width, image.height, colour);
  from_rgb_tensor(rgb, image.width, image.height, out.mutable_view());
  return out;
}

Image to_rgb(const ImageView& image) {
  return image.format == PixelFormat::rgb ? copy(image) : convert(image, PixelFormat::rgb, image.colour);
}

}  // namespace lc
