// The kernels of nn/tile.h in plain C++: what processors without AVX-512 run, and the twin that tests compare the others
// with. Written for the auto-vectoriser: the innermost loops go over channels.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/clones.h"
#include "nn/bf16.h"
#include "nn/tile.h"

namespace lc::nn {
namespace {

template <class T>
LC_INTO_CLONES T read(const std::byte* from, std::size_t index) {
  T value;
  std::memcpy(&value, from + index * sizeof(T), sizeof(T));
  return value;
}

float number_at(Number n, const std::byte* from, std::size_t index) {
  switch (n) {
    case Number::f32:
      return read<float>(from, index);
    case Number::bf16:
      return from_bf16(read<Bf16>(from, index));
    case Number::u8:
      break;
  }
  return static_cast<float>(std::to_integer<int>(from[index]));
}

// Rounds halves to even; NaN becomes 0.
std::uint8_t saturate(float value) {
  value = value > 0 ? value : 0;
  return static_cast<std::uint8_t>(std::nearbyint(value < 255 ? value : 255));
}

void put(Number n, std::byte* to, std::size_t index, float value) {
  switch (n) {
    case Number::f32:
      std::memcpy(to + index * sizeof(float), &value, sizeof(float));
      return;
    case Number::bf16: {
      const Bf16 rounded = to_bf16(value);
      std::memcpy(to + index * sizeof(Bf16), &rounded, sizeof(Bf16));
      return;
    }
    case Number::u8:
      to[index] = std::byte{saturate(value)};
  }
}

// g++ says that vectors are passed in another way without AVX; here they are not passed at all.
#pragma GCC diagnostic ignored "-Wpsabi"

// Eight numbers at a time, in the vector types that g++ and clang share, and four rows for each load of weights.
typedef float F8 __attribute__((vector_size(32)));
typedef std::int32_t I8 __attribute__((vector_size(32)));
typedef std::uint32_t U8 __attribute__((vector_size(32)));
constexpr int kRows = 4, kVectors = kPanel / 8;

template <class V>
LC_INTO_CLONES V load(const std::byte* from) {
  V v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
LC_INTO_CLONES F8 floats(U8 bits) { return reinterpret_cast<F8>(bits); }

// What one group of a row adds to eight channels.
template <Number in, class Sum>
LC_INTO_CLONES void add(Sum& sum, std::uint32_t group, U8 weights) {
  if constexpr (in == Number::f32) {
    sum += std::bit_cast<float>(group) * floats(weights);
  } else if constexpr (in == Number::bf16) {
    sum += std::bit_cast<float>(group << 16) * floats(weights << 16);
    sum += std::bit_cast<float>(group & 0xffff0000u) * floats(weights & 0xffff0000u);
  } else {
    const I8 w = reinterpret_cast<I8>(weights);
    sum += static_cast<std::int32_t>(group & 0xff) * (w << 24 >> 24);
    sum += static_cast<std::int32_t>(group >> 8 & 0xff) * (w << 16 >> 24);
    sum += static_cast<std::int32_t>(group >> 16 & 0xff) * (w << 8 >> 24);
    sum += static_cast<std::int32_t>(group >> 24) * (w >> 24);
  }
}

// Sums of one panel for four rows of the tile; rows that nobody needs are computed from whatever lies there.
template <Number in, class Sum>
LC_INTO_CLONES void sum_rows(const TileProduct& p, int first, const std::byte* weights, float (*out)[kPanel]) {
  Sum sums[kRows][kVectors] = {};
  for (int g = 0; g < p.groups; ++g, weights += 4 * kPanel) {
    const std::byte* at = p.tile + static_cast<std::size_t>(first) * kRowStride + tile_offset(static_cast<std::size_t>(g) * 4);
    for (int v = 0; v < kVectors; ++v) {
      const U8 w = load<U8>(weights + 32 * v);
      for (int r = 0; r < kRows; ++r)
        add<in>(sums[r][v], read<std::uint32_t>(at + static_cast<std::size_t>(r) * kRowStride, 0), w);
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int n = 0; n < kPanel; ++n) out[r][n] = static_cast<float>(sums[r][n / 8][n % 8]);
}

LC_CLONES void sum_f32(const TileProduct& p, int first, const std::byte* weights, float (*out)[kPanel]) {
  sum_rows<Number::f32, F8>(p, first, weights, out);
}
LC_CLONES void sum_bf16(const TileProduct& p, int first, const std::byte* weights, float (*out)[kPanel]) {
  sum_rows<Number::bf16, F8>(p, first, weights, out);
}
LC_CLONES void sum_u8(const TileProduct& p, int first, const std::byte* weights, float (*out)[kPanel]) {
  sum_rows<Number::u8, I8>(p, first, weights, out);
}

float curved(const TileProduct& p, float s, std::size_t channel, float residual) {
  const float f = s * p.scale[channel] + p.offset[channel] + residual;
  switch (p.curve) {
    case Curve::none:
      return f;
    case Curve::lines:
      return std::max(f, p.residual ? f * p.slope : s * p.scale_below[channel] + p.offset_below[channel]);
    case Curve::clip:
      return std::min(std::max(f, p.low), p.high);
    case Curve::hard_swish:
      return f * std::min(std::max(p.low * f + p.high, 0.0f), 1.0f);
  }
  return f;
}

void product(const TileProduct& p) {
  for (int first = 0; first < p.channels; first += kPanel) {
    const std::byte* weights =
        p.weights + static_cast<std::size_t>(first) * static_cast<std::size_t>(p.groups) * 4;
    for (int top = 0; top < p.rows; top += kRows) {
      float sums[kRows][kPanel];
      const auto sum = p.in == Number::u8 ? sum_u8 : p.in == Number::bf16 ? sum_bf16 : sum_f32;
      sum(p, top, weights, sums);
      for (int row = top; row < std::min(top + kRows, p.rows); ++row)
        for (int n = first; n < std::min(first + kPanel, p.channels); ++n) {
          const auto channel = static_cast<std::size_t>(n);
          const float residual = p.residual ? number_at(p.added, p.residual[row], channel) : 0;
          const std::size_t at = channel * bytes_of(p.out);
          put(p.out, p.to[row] + (p.to_tile ? tile_offset(at) : at), 0,
              curved(p, sums[row - top][n - first], channel, residual));
        }
    }
  }
}

// Tap of row `row` and column `column` on channel `channel` where the other kernels have it.
float tap_at(const TileDepthwise& d, int channel, int row, int column) {
  const std::size_t panel = static_cast<std::size_t>(channel / 32 * 3 + column), lane = static_cast<std::size_t>(channel % 32);
  if (d.number == Number::f32) return read<float>(d.taps, (panel * 3 + static_cast<std::size_t>(row)) * 32 + lane);
  std::size_t place = 0;  // among the accumulators
  while (depthwise_order(static_cast<int>(place)) != channel % 32) ++place;
  // Of the first row's pairs: (row 0, row 1) and (row 2, nothing).
  const std::size_t vector = place / 16 + (row == 2 ? 2 : 0), pair = place % 16;
  return from_bf16(read<Bf16>(d.taps, ((panel * 8 + vector) * 16 + pair) * 2 + (row == 1 ? 1 : 0)));
}

void depthwise(const TileDepthwise& d) {
  const bool ordered = d.number == Number::f32 || d.out == Number::u8;
  for (int place = 0; place < d.channels; ++place) {
    const int channel = ordered ? place : place / 32 * 32 + depthwise_order(place % 32);
    float taps[3][3];
    for (int r = 0; r < 3; ++r)
      for (int c = 0; c < 3; ++c) taps[r][c] = tap_at(d, channel, r, c);
    int accumulator = channel % 32;
    if (d.number == Number::bf16) {
      accumulator = 0;
      while (depthwise_order(accumulator) != channel % 32) ++accumulator;
    }
    const float bias = d.bias[channel / 32 * 32 + accumulator];
    const std::size_t to_at = tile_offset(static_cast<std::size_t>(place) * bytes_of(d.out));
    for (int x = d.begin; x < d.end; ++x) {
      float sums[2] = {bias, bias};
      for (int c = std::max(x - 1, 0); c <= std::min(x + 1, d.width - 1); ++c) {
        const std::size_t at = static_cast<std::size_t>(c) * static_cast<std::size_t>(d.channels) + static_cast<std::size_t>(channel);
        for (int r = 0; r < 4; ++r) {
          const float value = number_at(d.number, d.in[r], at);
          if (r < 3) sums[0] += taps[r][c - x + 1] * value;
          if (r > 0) sums[1] += taps[r - 1][c - x + 1] * value;
        }
      }
      const std::size_t row = static_cast<std::size_t>(x - d.begin) * kRowStride + to_at;
      const float lift = d.out == Number::u8 ? 128.0f : 0.0f;
      put(d.out, d.to_first + row, 0, sums[0] + lift);
      put(d.out, d.to_second + row, 0, sums[1] + lift);
    }
  }
}

void convert(Number from, Number to, const void* in, void* out, std::size_t n, const float* scale, std::size_t period,
             float zero) {
  const auto* source = static_cast<const std::byte*>(in);
  auto* target = static_cast<std::byte*>(out);
  for (std::size_t i = 0; i < n; ++i) {
    float value = number_at(from, source, i);
    value = to == Number::u8 && scale ? value * scale[i % period] + zero : value + zero;
    put(to, target, i, value);
  }
}

}  // namespace

const TileKernels kPortableTiles{"portable", product, depthwise, convert};

}  // namespace lc::nn
