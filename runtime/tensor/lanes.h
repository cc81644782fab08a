// Four floats at a time, in the vector types that g++ and clang share, and the 3-way interleave of pixels. Everything
// else in convert_*.cc is left to the auto-vectoriser.
#pragma once

#include <cstddef>
#include <cstring>

namespace lc::lanes {

typedef float F4 __attribute__((vector_size(16)));

inline F4 load(const float* from) {
  F4 v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
inline void store(float* to, F4 v) { std::memcpy(to, &v, sizeof v); }

// r[n], g[n], b[n] -> out[n][3]
inline void interleave(const float* r, const float* g, const float* b, int n, float* out) {
  int i = 0;
  for (; i + 4 <= n; i += 4, out += 12) {
    const F4 x = load(r + i), y = load(g + i), z = load(b + i);
    const F4 xy_low = __builtin_shufflevector(x, y, 0, 4, 1, 5);   // r0 g0 r1 g1
    const F4 xy_high = __builtin_shufflevector(x, y, 2, 6, 3, 7);  // r2 g2 r3 g3
    store(out, __builtin_shufflevector(xy_low, __builtin_shufflevector(z, x, 0, 1, 5, 5), 0, 1, 4, 6));
    store(out + 4, __builtin_shufflevector(__builtin_shufflevector(y, z, 1, 1, 5, 5), xy_high, 0, 2, 4, 5));
    store(out + 8, __builtin_shufflevector(__builtin_shufflevector(z, xy_high, 2, 2, 6, 6),
                                           __builtin_shufflevector(xy_high, z, 3, 3, 7, 7), 0, 2, 4, 6));
  }
  for (; i < n; ++i, out += 3) out[0] = r[i], out[1] = g[i], out[2] = b[i];
}

// in[n][3] -> r[n], g[n], b[n]
inline void deinterleave(const float* in, int n, float* r, float* g, float* b) {
  int i = 0;
  for (; i + 4 <= n; i += 4, in += 12) {
    const F4 p = load(in), q = load(in + 4), s = load(in + 8);     // r0 g0 b0 r1 | g1 b1 r2 g2 | b2 r3 g3 b3
    const F4 qs_r = __builtin_shufflevector(q, s, 2, 2, 5, 5);     // r2 r2 r3 r3
    const F4 pq_g = __builtin_shufflevector(p, q, 1, 1, 4, 4);     // g0 g0 g1 g1
    const F4 qs_g = __builtin_shufflevector(q, s, 3, 3, 6, 6);     // g2 g2 g3 g3
    const F4 pq_b = __builtin_shufflevector(p, q, 2, 2, 5, 5);     // b0 b0 b1 b1
    store(r + i, __builtin_shufflevector(p, qs_r, 0, 3, 4, 6));
    store(g + i, __builtin_shufflevector(pq_g, qs_g, 0, 2, 4, 6));
    store(b + i, __builtin_shufflevector(pq_b, s, 0, 2, 4, 7));
  }
  for (; i < n; ++i, in += 3) r[i] = in[0], g[i] = in[1], b[i] = in[2];
}

}  // namespace lc::lanes
