// Pictures to tensors. Rows are done in tiles that stay in the first-level cache, on the stack.
#include <algorithm>
#include <cstring>

#include "base/result.h"
#include "tensor/colour.h"
#include "tensor/convert.h"
#include "tensor/lanes.h"

namespace lc {
namespace {

constexpr int kTile = 256;  // pixels; even, so that a tile begins on a chroma sample
constexpr float kUnit = 1.0F / 255;

// In floats, where U and V come as sums of eight samples.
struct SumsToRgb {
  float y, rv, gu, gv, bu, r0, g0, b0;
};

SumsToRgb sums_to_rgb(ColourSpec colour) {
  const YuvToRgb k = yuv_to_rgb(colour);
  const auto f = [](double v) { return static_cast<float>(v); };
  return {f(k.y), f(k.rv / 8), f(k.gu / 8), f(k.gv / 8), f(k.bu / 8), f(k.r0), f(k.g0), f(k.b0)};
}

// The chroma of one luma row: the nearer and the farther of the two chroma rows around it.
struct ChromaRow {
  const std::uint8_t* near;
  const std::uint8_t* far;
};

// Sums of eight chroma samples for `n` pixels from the even column x on. Step is 1 (i420) or 2 (nv12) bytes.
template <int Step>
void upsample(ChromaRow row, int x, int n, int chroma_width, std::int16_t* __restrict out) {
  const int first = x / 2, pairs = chroma_size(n);
  const int after =
      std::min(pairs, chroma_width - first - 1);  // the sample to the right of the tile, or the edge
  const std::uint8_t* near = row.near + std::ptrdiff_t{first} * Step;
  const std::uint8_t* far = row.far + std::ptrdiff_t{first} * Step;
  std::int16_t blend[kTile / 2 + 1];  // sums of four
  for (int i = 0; i < pairs; ++i) blend[i] = static_cast<std::int16_t>(3 * near[i * Step] + far[i * Step]);
  blend[pairs] = static_cast<std::int16_t>(3 * near[after * Step] + far[after * Step]);
  for (int i = 0; i < pairs; ++i) {
    out[2 * i] = static_cast<std::int16_t>(2 * blend[i]);
    out[2 * i + 1] = static_cast<std::int16_t>(blend[i] + blend[i + 1]);
  }
}

void tile_to_rgb(const std::uint8_t* __restrict y, const std::int16_t* __restrict u,
                 const std::int16_t* __restrict v, int n, const SumsToRgb& k, float* __restrict out) {
  float r[kTile], g[kTile], b[kTile];
  for (int i = 0; i < n; ++i) {
    const float luma = k.y * static_cast<float>(y[i]);
    const float uf = static_cast<float>(u[i]), vf = static_cast<float>(v[i]);
    r[i] = luma + (k.rv * vf + k.r0);
    g[i] = luma + (k.gu * uf + (k.gv * vf + k.g0));
    b[i] = luma + (k.bu * uf + k.b0);
  }
  lanes::interleave(r, g, b, n, out);
}

void yuv_row(const ImageView& image, int row, const SumsToRgb& k, float* out) {
  const int chroma_width = chroma_size(image.width), chroma_height = chroma_size(image.height);
  const int near = row / 2, far = std::clamp(row % 2 ? near + 1 : near - 1, 0, chroma_height - 1);
  const bool planar = image.format == PixelFormat::i420;
  const ChromaRow u{image.row(1, near), image.row(1, far)};
  const ChromaRow v =
      planar ? ChromaRow{image.row(2, near), image.row(2, far)} : ChromaRow{u.near + 1, u.far + 1};
  std::int16_t us[kTile], vs[kTile];
  for (int x = 0; x < image.width; x += kTile) {
    const int n = std::min(kTile, image.width - x);
    if (planar) {
      upsample<1>(u, x, n, chroma_width, us);
      upsample<1>(v, x, n, chroma_width, vs);
    } else {
      upsample<2>(u, x, n, chroma_width, us);
      upsample<2>(v, x, n, chroma_width, vs);
    }
    tile_to_rgb(image.row(0, row) + x, us, vs, n, k, out + std::ptrdiff_t{3} * x);
  }
}

void scale_row(const std::uint8_t* __restrict in, int n, float scale, float offset, float* __restrict out) {
  for (int i = 0; i < n; ++i) out[i] = scale * static_cast<float>(in[i]) + offset;
}

void gray_row_to_rgb(const std::uint8_t* __restrict in, int n, float* __restrict out) {
  for (int i = 0; i < n; ++i)
    out[3 * i] = out[3 * i + 1] = out[3 * i + 2] = kUnit * static_cast<float>(in[i]);
}

void rgb_row_to_gray(const std::uint8_t* __restrict in, int n, LumaWeights k, float* __restrict out) {
  const float r = static_cast<float>(k.r) * kUnit, g = static_cast<float>(k.g) * kUnit,
              b = static_cast<float>(k.b) * kUnit;
  for (int i = 0; i < n; ++i)
    out[i] = r * static_cast<float>(in[3 * i]) + g * static_cast<float>(in[3 * i + 1]) +
             b * static_cast<float>(in[3 * i + 2]);
}

// Repeats the last of `width` pixels up to `padded`.
void pad_row(float* row, int width, int padded, int channels) {
  const float* last = row + std::ptrdiff_t{width - 1} * channels;
  for (int x = width; x < padded; ++x)
    for (int c = 0; c < channels; ++c) row[std::ptrdiff_t{x} * channels + c] = last[c];
}

// convert_row(y, out) fills one row of the picture; padding is done here.
template <class ConvertRow>
void fill(const ImageView& image, int padded_width, int padded_height, int channels, std::span<float> out,
          ConvertRow convert_row) {
  expect_valid(image);
  LC_EXPECT(padded_width >= image.width && padded_height >= image.height, "padding does not shrink");
  const std::size_t stride = static_cast<std::size_t>(padded_width) * static_cast<std::size_t>(channels);
  LC_EXPECT(out.size() == stride * static_cast<std::size_t>(padded_height), "the tensor has the padded size");
  float* row = out.data();
  for (int y = 0; y < image.height; ++y, row += stride) {
    convert_row(y, row);
    pad_row(row, image.width, padded_width, channels);
  }
  for (int y = image.height; y < padded_height; ++y, row += stride)
    std::memcpy(row, row - stride, stride * sizeof(float));
}

}  // namespace

void to_rgb_tensor(const ImageView& image, int padded_width, int padded_height, std::span<float> out) {
  const SumsToRgb k = sums_to_rgb(image.colour);
  fill(image, padded_width, padded_height, 3, out, [&](int y, float* row) {
    switch (image.format) {
      case PixelFormat::rgb:
        return scale_row(image.row(0, y), 3 * image.width, kUnit, 0, row);
      case PixelFormat::gray8:
        return gray_row_to_rgb(image.row(0, y), image.width, row);
      case PixelFormat::i420:
      case PixelFormat::nv12:
        return yuv_row(image, y, k, row);
    }
  });
}

void to_gray_tensor(const ImageView& image, int padded_width, int padded_height, std::span<float> out) {
  const CodeRange code =
      code_range(image.format == PixelFormat::gray8 ? ColourRange::full : image.colour.range);
  const auto scale = static_cast<float>(1 / code.scale),
             offset = static_cast<float>(-code.offset / code.scale);
  fill(image, padded_width, padded_height, 1, out, [&](int y, float* row) {
    if (image.format == PixelFormat::rgb)
      return rgb_row_to_gray(image.row(0, y), image.width, luma_weights(image.colour.matrix), row);
    scale_row(image.row(0, y), image.width, scale, offset, row);
  });
}

}  // namespace lc
