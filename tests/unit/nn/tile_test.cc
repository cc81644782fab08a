// Every set of kernels of nn/tile.h against the portable one, which is compared with plain arithmetic.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "base/bytes.h"
#include "nn/bf16.h"
#include "nn/pack.h"
#include "nn/tile_select.h"
#include "support/test.h"

using namespace lc;
using namespace lc::nn;

namespace {

std::vector<float> noise(std::size_t n, unsigned seed, float low = -1, float high = 1) {
  std::mt19937 random(seed);
  std::vector<float> out(n);
  for (float& v : out) v = low + (high - low) * static_cast<float>(random() >> 8) / 16777216.0f;
  return out;
}

// Numbers as they are stored, and their values.
Bytes stored(Number n, const std::vector<float>& values, std::vector<float>* as = nullptr) {
  Bytes out(values.size() * bytes_of(n));
  kPortableTiles.convert(Number::f32, n, values.data(), out.data(), values.size(), nullptr, 1, 0);
  if (as) {
    as->resize(values.size());
    kPortableTiles.convert(n, Number::f32, out.data(), as->data(), values.size(), nullptr, 1, 0);
  }
  return out;
}

std::vector<float> values(Number n, const Bytes& bytes) {
  std::vector<float> out(bytes.size() / bytes_of(n));
  kPortableTiles.convert(n, Number::f32, bytes.data(), out.data(), out.size(), nullptr, 1, 0);
  return out;
}

struct Case {
  Number in, out;
  Curve curve;
  bool residual;
  int k, channels, rows;
};

struct Made {
  std::vector<float> result, wanted;
  float largest = 0;
};

constexpr float kSlope = 0.125f;

float curved(const Case& c, float f, float residual) {
  f += residual;
  if (c.curve == Curve::lines) return std::max(f, kSlope * f);
  if (c.curve == Curve::clip) return std::clamp(f, -0.5f, 0.75f);
  if (c.curve == Curve::hard_swish) return f * std::clamp(f / 6 + 0.5f, 0.0f, 1.0f);
  return f;
}

Made run(const TileKernels& kernels, const Case& c) {
  const auto k = static_cast<std::size_t>(c.k), channels = static_cast<std::size_t>(c.channels), rows = static_cast<std::size_t>(c.rows);
  const bool bytes_in = c.in == Number::u8, bytes_out = c.out == Number::u8;
  std::vector<float> x, w = noise(channels * k, 2);
  const Bytes in = stored(c.in, bytes_in ? noise(rows * k, 1, 0, 255) : noise(rows * k, 1), &x);
  const std::vector<float> bias = noise(channels, 3);
  const Steps in_steps{std::vector<float>(k, 1.0f / 64), std::vector<float>(k, 3)};
  const Steps out_steps{std::vector<float>(channels, 1.0f / 32), std::vector<float>(channels, 100)};
  PackedMatrix matrix = bytes_in ? pack_matrix_u8(w, bias, c.channels, in_steps) : pack_matrix(w, bias, c.channels, c.in);
  if (bytes_out || c.curve == Curve::lines)
    bend(matrix, c.curve == Curve::lines ? kSlope : 1, bytes_out ? out_steps : Steps{});

  Memory tile = allocate_aligned(tile_bytes(k * bytes_of(c.in)));
  const std::size_t row_bytes = k * bytes_of(c.in);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < row_bytes; ++i)
      tile.get()[r * kRowStride + tile_offset(i)] = in[r * row_bytes + i];
  const std::size_t out_bytes = channels * bytes_of(c.out);
  Bytes out(rows * out_bytes + 64, std::byte{0x5a});
  std::vector<float> added;
  const Number added_as = c.out == Number::u8 ? Number::f32 : c.in == Number::bf16 ? Number::bf16 : c.out;
  const Bytes residual = stored(added_as, noise(rows * channels, 4), &added);
  std::byte* to[kTileRows];
  const std::byte* from[kTileRows];
  for (std::size_t r = 0; r < rows; ++r) {
    to[r] = out.data() + r * out_bytes;
    from[r] = residual.data() + r * channels * bytes_of(added_as);
  }
  const bool is_swish = c.curve == Curve::hard_swish;
  kernels.product({tile.get(), matrix.weights.get(), matrix.groups, c.channels, c.rows, c.in, c.out, to, false,
                   c.residual ? from : nullptr, added_as, matrix.scale.data(), matrix.offset.data(), c.curve,
                   matrix.scale_below.data(), matrix.offset_below.data(), kSlope, is_swish ? 1.0f / 6 : -0.5f,
                   is_swish ? 0.5f : 0.75f});
  for (std::size_t i = rows * out_bytes; i < out.size(); ++i) CHECK(out[i] == std::byte{0x5a});
  out.resize(rows * out_bytes);

  Made made{values(c.out, out), {}, 0};
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t n = 0; n < channels; ++n) {
      double sum = bias[n];
      float largest = 0;
      for (std::size_t i = 0; i < k; ++i) largest = std::max(largest, std::abs(w[n * k + i]));
      for (std::size_t i = 0; i < k; ++i) {
        float weight = w[n * k + i];
        if (bytes_in) weight = std::nearbyint(weight / largest * 127) * largest / 127;
        if (c.in == Number::bf16) weight = from_bf16(to_bf16(weight));
        sum += double{weight} * (bytes_in ? (x[r * k + i] - 3) / 64 : x[r * k + i]);
      }
      float f = curved(c, static_cast<float>(sum), c.residual ? added[r * channels + n] : 0);
      if (bytes_out) f = std::clamp(std::nearbyint(f * 32 + 100), 0.0f, 255.0f);
      made.wanted.push_back(f);
      made.largest = std::max(made.largest, std::abs(f));
    }
  return made;
}

}  // namespace

TEST_CASE("tile: products agree with plain arithmetic, in every set of kernels") {
  for (const TileKernels* kernels : available_tiles())
    for (Number in : {Number::u8, Number::bf16, Number::f32})
      for (Number out : {Number::u8, Number::bf16, Number::f32})
        for (Curve curve : {Curve::none, Curve::lines, Curve::clip, Curve::hard_swish})
          for (bool residual : {false, true}) {
            if (out == Number::u8 && (residual || curve == Curve::clip || curve == Curve::hard_swish)) continue;
            if (in == Number::f32 && out == Number::bf16) continue;
            for (const auto& [k, channels, rows] : {std::array{96, 64, 48}, std::array{12, 3, 1}, std::array{700, 40, 13}}) {
              const Case c{in, out, curve, residual, k, channels, rows};
              CAPTURE(kernels->name);
              CAPTURE(static_cast<int>(in));
              CAPTURE(static_cast<int>(out));
              CAPTURE(static_cast<int>(curve));
              CAPTURE(residual);
              CAPTURE(k);
              const Made made = run(*kernels, c);
              float worst = 0;
              for (std::size_t i = 0; i < made.wanted.size(); ++i)
                worst = std::max(worst, std::abs(made.result[i] - made.wanted[i]));
              // A rounding of bf16 is a 256th; a sum next to a half may round to the other side.
              CHECK(worst <= (out == Number::bf16 ? made.largest / 200 : out == Number::u8 ? 1.0f : made.largest * 2e-5f));
            }
          }
}

TEST_CASE("tile: depthwise convolutions agree with plain arithmetic, in every set of kernels") {
  constexpr int kWidth = 11, kHeight = 5, kChannels = 64;
  const std::vector<float> taps = noise(kChannels * 9, 5), bias = noise(kChannels, 6);
  const Steps steps{std::vector<float>(kChannels, 1.0f / 40), std::vector<float>(kChannels, 120)};
  std::vector<float> x;
  for (const TileKernels* kernels : available_tiles())
    for (const auto& [in, out] : {std::pair{Number::f32, Number::f32}, std::pair{Number::bf16, Number::bf16},
                                  std::pair{Number::bf16, Number::u8}}) {
      CAPTURE(kernels->name);
      CAPTURE(static_cast<int>(out));
      const Bytes picture = stored(in, noise(kWidth * kHeight * kChannels, 7), &x);
      const Bytes zeros(kWidth * kChannels * 4);
      const PackedDepthwise packed = pack_depthwise(taps, bias, in, out == Number::u8 ? steps : Steps{});
      const std::size_t row_bytes = std::size_t{kWidth} * kChannels * bytes_of(in);
      float worst = 0;
      for (int y = 0; y < kHeight; y += 2)
        for (const auto& [begin, end] : {std::pair{0, 5}, std::pair{5, kWidth}}) {
          Memory tile = allocate_aligned(tile_bytes(kChannels * bytes_of(out)));
          TileDepthwise d{{}, kWidth, begin, end, kChannels, in, out, packed.taps.get(), packed.bias.data(), tile.get(),
                          tile.get() + static_cast<std::size_t>(end - begin) * kRowStride};
          for (int r = 0; r < 4; ++r) {
            const int row = y - 1 + r;
            d.in[r] = row < 0 || row >= kHeight ? zeros.data() : picture.data() + static_cast<std::size_t>(row) * row_bytes;
          }
          kernels->depthwise(d);
          for (int place = 0; place < kChannels; ++place) {
            const int c = out == Number::bf16 ? place / 32 * 32 + depthwise_order(place % 32) : place;
            for (int col = begin; col < end; ++col)
              for (int second = 0; second < (y + 1 < kHeight ? 2 : 1); ++second) {
                double sum = bias[static_cast<std::size_t>(c)];
                for (int dy = -1; dy <= 1; ++dy)
                  for (int dx = -1; dx <= 1; ++dx) {
                    const int row = y + second + dy, column = col + dx;
                    if (row < 0 || row >= kHeight || column < 0 || column >= kWidth) continue;
                    sum += double{taps[static_cast<std::size_t>(c * 9 + (dy + 1) * 3 + dx + 1)]} *
                           x[static_cast<std::size_t>((row * kWidth + column) * kChannels + c)];
                  }
                const std::byte* at = tile.get() +
                                      static_cast<std::size_t>((second ? end - begin : 0) + col - begin) * kRowStride +
                                      tile_offset(static_cast<std::size_t>(place) * bytes_of(out));
                float got = 0;
                kPortableTiles.convert(out, Number::f32, at, &got, 1, nullptr, 1, 0);
                double wanted = sum;
                if (out == Number::u8) wanted = std::clamp(std::nearbyint(sum * 40) + 120, 0.0, 255.0);
                worst = std::max(worst, static_cast<float>(std::abs(got - wanted)));
              }
          }
        }
      CHECK(worst <= (in == Number::f32 ? 1e-5f : out == Number::u8 ? 1.0f : 0.03f));
    }
}

TEST_CASE("tile: numbers are converted alike, in every set of kernels") {
  std::vector<float> odd = noise(77, 8, -300, 300);
  for (float special : {0.0f, -0.0f, 1e30f, -1e30f, 255.5f, 0.5f, 1.5f, NAN, INFINITY, -INFINITY}) odd.push_back(special);
  const std::vector<float> scale = noise(11, 9, 0.1f, 2);
  for (const TileKernels* kernels : available_tiles())
    for (Number from : {Number::f32, Number::bf16, Number::u8})
      for (Number to : {Number::f32, Number::bf16, Number::u8}) {
        CAPTURE(kernels->name);
        const Bytes in = stored(from, odd);
        Bytes got(odd.size() * bytes_of(to)), wanted = got;
        const bool scales = to == Number::u8 && from != Number::u8;
        kernels->convert(from, to, in.data(), got.data(), odd.size(), scales ? scale.data() : nullptr, scale.size(), 10);
        kPortableTiles.convert(from, to, in.data(), wanted.data(), odd.size(), scales ? scale.data() : nullptr, scale.size(), 10);
        CHECK(got == wanted);
      }
}
