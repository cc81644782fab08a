// The parts of a training step that PyTorch is slow at on a CPU; native.py compiles and calls them. Arrays are
// contiguous, sums are overwritten. bf16 numbers are the upper halves of f32.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

using bf16 = std::uint16_t;
using Size = std::int64_t;

inline float wide(bf16 v) {
  const std::uint32_t bits = std::uint32_t{v} << 16;
  float out;
  std::memcpy(&out, &bits, 4);
  return out;
}

inline bf16 narrow(float v) {
  std::uint32_t bits;
  std::memcpy(&bits, &v, 4);
  return static_cast<bf16>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// Clamped: -ffast-math knows no infinity.
inline float sigmoid(float x) {
  x = x < -40.0f ? -40.0f : x > 40.0f ? 40.0f : x;
  return 1.0f / (1.0f + expf(-x));
}

}  // namespace

extern "C" {

// y = bias + depthwise 3x3 of x, zeros beyond the edge.  x, y [n][h][w][c]; weight [9][c]
void depthwise(const bf16* x, const float* weight, const float* bias, bf16* y, Size n, Size h, Size w, Size c) {
  std::vector<float> sum(static_cast<std::size_t>(c));
  for (Size b = 0; b < n; ++b)
    for (Size i = 0; i < h; ++i)
      for (Size j = 0; j < w; ++j) {
        float* __restrict s = sum.data();
        for (Size k = 0; k < c; ++k) s[k] = bias[k];
        for (Size di = -1; di <= 1; ++di)
          for (Size dj = -1; dj <= 1; ++dj) {
            if (i + di < 0 || i + di >= h || j + dj < 0 || j + dj >= w) continue;
            const bf16* from = x + ((b * h + i + di) * w + j + dj) * c;
            const float* t = weight + ((di + 1) * 3 + dj + 1) * c;
            for (Size k = 0; k < c; ++k) s[k] += t[k] * wide(from[k]);
          }
        bf16* to = y + ((b * h + i) * w + j) * c;
        for (Size k = 0; k < c; ++k) to[k] = narrow(s[k]);
      }
}

// gx = through + the transpose of the above on gy; gw, gb: sums for weight and bias
void depthwise_back(const bf16* x, const bf16* gy, const bf16* through, const float* weight, bf16* gx, float* gw,
                    float* gb, Size n, Size h, Size w, Size c) {
  std::vector<float> sum(static_cast<std::size_t>(c)), acc(static_cast<std::size_t>(10 * c));
  for (Size b = 0; b < n; ++b)
    for (Size i = 0; i < h; ++i)
      for (Size j = 0; j < w; ++j) {
        const Size here = ((b * h + i) * w + j) * c;
        float* __restrict s = sum.data();
        for (Size k = 0; k < c; ++k) s[k] = wide(through[here + k]);
        float* __restrict a = acc.data();
        for (Size di = -1; di <= 1; ++di)
          for (Size dj = -1; dj <= 1; ++dj) {
            if (i + di < 0 || i + di >= h || j + dj < 0 || j + dj >= w) continue;
            // this x took part in the output at (i + di, j + dj) by the tap (-di, -dj)
            const bf16* g = gy + ((b * h + i + di) * w + j + dj) * c;
            const Size tap = (1 - di) * 3 + 1 - dj;
            const float* t = weight + tap * c;
            float* __restrict at = a + tap * c;
            for (Size k = 0; k < c; ++k) {
              const float v = wide(g[k]);
              s[k] += t[k] * v;
              at[k] += wide(x[here + k]) * v;
            }
          }
        for (Size k = 0; k < c; ++k) gx[here + k] = narrow(s[k]);
        for (Size k = 0; k < c; ++k) a[9 * c + k] += wide(gy[here + k]);
      }
  std::copy_n(acc.data(), 9 * c, gw);
  std::copy_n(acc.data() + 9 * c, c, gb);
}

// h *= h > 0 ? 1 : slope
void leaky(bf16* h, float slope, Size count) {
  for (Size i = 0; i < count; ++i) {
    const float v = wide(h[i]);
    h[i] = narrow(v > 0 ? v : slope * v);
  }
}

// g *= h > 0 ? 1 : slope; sum: over rows of the result
void leaky_back(const bf16* h, bf16* g, float slope, float* sum, Size rows, Size c) {
  for (Size k = 0; k < c; ++k) sum[k] = 0;
  for (Size r = 0; r < rows; ++r) {
    bf16* gr = g + r * c;
    const bf16* hr = h + r * c;
    for (Size k = 0; k < c; ++k) {
      const float v = wide(gr[k]) * (wide(hr[k]) > 0 ? 1.0f : slope);
      gr[k] = narrow(v);
      sum[k] += v;
    }
  }
}

void column_sum(const bf16* g, float* sum, Size rows, Size c) {
  for (Size k = 0; k < c; ++k) sum[k] = 0;
  for (Size r = 0; r < rows; ++r)
    for (Size k = 0; k < c; ++k) sum[k] += wide(g[r * c + k]);
}

// Bits of v [n][p][c] under three logistics a channel: mix, steep [n][3][c]. All derivatives too.
void logistic_bits(const float* v, const float* mix, const float* steep, float* bits, float* dv, float* dmix,
                   float* dsteep, Size n, Size p, Size c) {
  std::fill_n(dmix, 3 * n * c, 0.0f);
  std::fill_n(dsteep, 3 * n * c, 0.0f);
  std::vector<float> row(static_cast<std::size_t>(c));
  for (Size b = 0; b < n; ++b) {
    double total = 0;
    const float* m = mix + b * 3 * c;
    const float* s = steep + b * 3 * c;
    float* __restrict gm = dmix + b * 3 * c;
    float* __restrict gs = dsteep + b * 3 * c;
    for (Size i = 0; i < p; ++i) {
      const float* __restrict value = v + (b * p + i) * c;
      float* __restrict gv = dv + (b * p + i) * c;
      float* __restrict cost = row.data();
#pragma omp simd
      for (Size k = 0; k < c; ++k) {
        const float size = fabsf(value[k]), up = 0.5f - size, down = -0.5f - size;
        float chance = 0, slope = 0, u[3], ds[3];
#pragma GCC unroll 3
        for (Size l = 0; l < 3; ++l) {
          const float st = s[l * c + k];
          const float a = sigmoid(up * st), z = sigmoid(down * st);
          const float da = a * (1 - a), dz = z * (1 - z);
          u[l] = a - z;
          chance += m[l * c + k] * u[l];
          slope += m[l * c + k] * st * (dz - da);
          ds[l] = m[l * c + k] * (da * up - dz * down);
        }
        const float safe = chance > 1e-9f ? chance : 1e-9f;
        const float over = chance > 1e-9f ? -1.442695041f / safe : 0.0f;
        cost[k] = -1.442695041f * logf(safe);
        gv[k] = over * (value[k] < 0 ? -slope : slope);
#pragma GCC unroll 3
        for (Size l = 0; l < 3; ++l) {
          gm[l * c + k] += over * u[l];
          gs[l * c + k] += over * ds[l];
        }
      }
      float here = 0;
      for (Size k = 0; k < c; ++k) here += cost[k];
      total += here;
    }
    bits[b] = static_cast<float>(total);
  }
}
}
