// Four floats at a time, in the vector types that g++ and clang share: the 3-way interleave of pixels, and
// the step from floats to bytes. Everything else in convert_*.cc is left to the auto-vectoriser.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <cstdint>
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
    const F4 p = load(in), q = load(in + 4), s = load(in + 8);  // r0 g0 b0 r1 | g1 b1 r2 g2 | b2 r3 g3 b3
    const F4 qs_r = __builtin_shufflevector(q, s, 2, 2, 5, 5);  // r2 r2 r3 r3
    const F4 pq_g = __builtin_shufflevector(p, q, 1, 1, 4, 4);  // g0 g0 g1 g1
    const F4 qs_g = __builtin_shufflevector(q, s, 3, 3, 6, 6);  // g2 g2 g3 g3
    const F4 pq_b = __builtin_shufflevector(p, q, 2, 2, 5, 5);  // b0 b0 b1 b1
    store(r + i, __builtin_shufflevector(p, qs_r, 0, 3, 4, 6));
    store(g + i, __builtin_shufflevector(pq_g, qs_g, 0, 2, 4, 6));
    store(b + i, __builtin_shufflevector(pq_b, s, 0, 2, 4, 7));
  }
  for (; i < n; ++i, in += 3) r[i] = in[0], g[i] = in[1], b[i] = in[2];
}

// Cuts `value` down to 0..255 and drops its fraction; whoever wants it rounded has added a half. The first
// comparison is false for NaN, which so becomes 0.
inline std::uint8_t to_byte(float value) {
  value = value > 0 ? value : 0;
  value = value < 255 ? value : 255;
  return static_cast<std::uint8_t>(static_cast<int>(value));
}

#ifdef __SSE2__
inline __m128i to_integers(F4 v) {
  return _mm_cvttps_epi32(_mm_min_ps(_mm_max_ps(v, _mm_setzero_ps()), _mm_set1_ps(255)));
}
// The same for sixteen values. g++ 12 turns the loop below into four times the instructions.
inline void to_bytes(const F4 (&v)[4], std::uint8_t* out) {
  const __m128i low = _mm_packs_epi32(to_integers(v[0]), to_integers(v[1]));
  const __m128i high = _mm_packs_epi32(to_integers(v[2]), to_integers(v[3]));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(low, high));
}
#else
inline void to_bytes(const F4 (&v)[4], std::uint8_t* out) {
  for (int i = 0; i < 16; ++i) out[i] = to_byte(v[i / 4][i % 4]);
}
#endif

}  // namespace lc::lanes
