// The kernels of nn/tile.h in AVX-512. Compiled twice: with VNNI only, where products of bf16 are taken apart into f32,
// and with BF16.
//
// Sums of 12 rows and 32 channels stay in 24 registers; each step loads two vectors of weights and broadcasts one group of
// each row. That is one load for a product and a half, which Zen 4 and 5 and Ice Lake and later feed at full rate: measured
// 0.97 to 0.99 of the register peak on Zen 5.
#include <immintrin.h>

#include <cstring>

#include "nn/tile.h"

#ifndef LC_TILE_BF16
#error "1: with AVX512-BF16, 0: without"
#endif

namespace lc::nn {
namespace {

constexpr int kRows = 12;   // of a step
constexpr std::size_t kLanes = 16;
#define LC_UNROLL _Pragma("GCC unroll 16")
#define LC_INLINE inline __attribute__((always_inline))

LC_INLINE __m512i load(const std::byte* p) { return _mm512_loadu_si512(p); }
LC_INLINE __m512 load(const float* p) { return _mm512_loadu_ps(p); }

LC_INLINE __m512 widen(__m256i bf16) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bf16), 16));
}

// Sixteen or thirty-two floats to bf16, and sums of products of pairs.
#if LC_TILE_BF16
// One instruction in assembly: g++ 12 spills the sums around the intrinsic.
LC_INLINE __m512 dot(__m512 sum, __m512i a, __m512i w) {
  asm("vdpbf16ps %2,%1,%0" : "+v"(sum) : "v"(a), "v"(w));
  return sum;
}
LC_INLINE __m256i narrow(__m512 v) { return (__m256i)_mm512_cvtneps_pbh(v); }
LC_INLINE __m512i narrow(__m512 low, __m512 high) { return (__m512i)_mm512_cvtne2ps_pbh(high, low); }
#else
LC_INLINE __m512 dot(__m512 sum, __m512i a, __m512i w) {
  const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xffff0000u));
  sum = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_slli_epi32(a, 16)), _mm512_castsi512_ps(_mm512_slli_epi32(w, 16)), sum);
  return _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_and_si512(a, upper)),
                         _mm512_castsi512_ps(_mm512_and_si512(w, upper)), sum);
}
LC_INLINE __m256i narrow(__m512 v) {
  const __m512i bits = _mm512_castps_si512(v);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  const __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
  rounded = _mm512_mask_or_epi32(rounded, nan, bits, _mm512_set1_epi32(0x400000));
  return _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16));
}
LC_INLINE __m512i narrow(__m512 low, __m512 high) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(narrow(low)), narrow(high), 1);
}
#endif

struct U8 {
  using Sum = __m512i;
  static constexpr Number number = Number::u8;
  static LC_INLINE Sum zero() { return _mm512_setzero_si512(); }
  static LC_INLINE Sum add(Sum sum, __m512i a, __m512i w) {
    asm("vpdpbusd %2,%1,%0" : "+v"(sum) : "v"(a), "v"(w));
    return sum;
  }
  static LC_INLINE __m512 floats(Sum s) { return _mm512_cvtepi32_ps(s); }
};
struct B16 {
  using Sum = __m512;
  static constexpr Number number = Number::bf16;
  static LC_INLINE Sum zero() { return _mm512_setzero_ps(); }
  static LC_INLINE Sum add(Sum sum, __m512i a, __m512i w) { return dot(sum, a, w); }
  static LC_INLINE __m512 floats(Sum s) { return s; }
};
struct F32 {
  using Sum = __m512;
  static constexpr Number number = Number::f32;
  static LC_INLINE Sum zero() { return _mm512_setzero_ps(); }
  static LC_INLINE Sum add(Sum sum, __m512i a, __m512i w) {
    asm("vfmadd231ps %2,%1,%0" : "+v"(sum) : "v"(a), "v"(w));
    return sum;
  }
  static LC_INLINE __m512 floats(Sum s) { return s; }
};

// What is stored of two vectors of one row; `keep` are the lanes of channels that exist.
template <Number out>
LC_INLINE void store(std::byte* to, __m512 a, __m512 b, __mmask32 keep) {
  if constexpr (out == Number::f32) {
    if (keep == 0xffffffff) {
      _mm512_storeu_ps(to, a);
      _mm512_storeu_ps(to + 64, b);
    } else {
      _mm512_mask_storeu_ps(to, static_cast<__mmask16>(keep), a);
      _mm512_mask_storeu_ps(to + 64, static_cast<__mmask16>(keep >> 16), b);
    }
  } else if constexpr (out == Number::bf16) {
    if (keep == 0xffffffff)
      _mm512_storeu_si512(to, narrow(a, b));
    else
      _mm512_mask_storeu_epi16(to, keep, narrow(a, b));
  } else {
    // packus works on lanes of four; the narrowing store keeps their order, so both are undone by one permutation.
    const __m512i words = _mm512_packs_epi32(_mm512_cvtps_epi32(a), _mm512_cvtps_epi32(b));
    const __m256i bytes = _mm512_cvtusepi16_epi8(_mm512_max_epi16(words, _mm512_setzero_si512()));
    const __m256i order = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
    const __m256i in_order = _mm256_permutevar8x32_epi32(bytes, order);
    if (keep == 0xffffffff)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), in_order);
    else
      _mm256_mask_storeu_epi8(to, keep, in_order);
  }
}

LC_INLINE void load_residual(Number number, const std::byte* from, __mmask32 keep, __m512& a, __m512& b) {
  if (number == Number::f32) {
    a = _mm512_maskz_loadu_ps(static_cast<__mmask16>(keep), from);
    b = _mm512_maskz_loadu_ps(static_cast<__mmask16>(keep >> 16), from + 64);
  } else {
    const __m512i both = _mm512_maskz_loadu_epi16(keep, from);
    a = widen(_mm512_castsi512_si256(both));
    b = widen(_mm512_extracti64x4_epi64(both, 1));
  }
}

template <class In, Number out, Curve curve, bool residual>
void product(const TileProduct& p) {
  const int chunk_groups = static_cast<int>(kChunk / 4);
  const std::byte* panel_weights = p.weights;
  for (int channel = 0; channel < p.channels; channel += kPanel, panel_weights += std::ptrdiff_t{p.groups} * 128) {
    const int left = p.channels - channel;
    const __mmask32 keep = left >= kPanel ? 0xffffffffu : (1u << left) - 1;
    const std::size_t at = static_cast<std::size_t>(channel) * bytes_of(out);
    const std::size_t added_at = static_cast<std::size_t>(channel) * bytes_of(p.added);
    const std::size_t to_at = p.to_tile ? tile_offset(at) : at;
    for (int first = 0; first < p.rows; first += kRows) {
      typename In::Sum sum[kRows][2];
      LC_UNROLL for (int r = 0; r < kRows; ++r) sum[r][0] = sum[r][1] = In::zero();
      const std::byte* w = panel_weights;
      const std::byte* rows = p.tile + static_cast<std::size_t>(first) * kRowStride;
      for (int done = 0; done < p.groups; done += chunk_groups, rows += kChunkStride) {
        const int groups = p.groups - done < chunk_groups ? p.groups - done : chunk_groups;
        const std::byte* a = rows;
        for (int g = 0; g < groups; ++g, a += 4, w += 128) {
          const __m512i w0 = load(w), w1 = load(w + 64);
          LC_UNROLL for (int r = 0; r < kRows; ++r) {
            int group;
            std::memcpy(&group, a + static_cast<std::size_t>(r) * kRowStride, 4);
            const __m512i x = _mm512_set1_epi32(group);
            sum[r][0] = In::add(sum[r][0], x, w0);
            sum[r][1] = In::add(sum[r][1], x, w1);
          }
        }
      }
      const __m512 scale[2] = {load(p.scale + channel), load(p.scale + channel + 16)};
      const __m512 offset[2] = {load(p.offset + channel), load(p.offset + channel + 16)};
      __m512 scale_below[2], offset_below[2];
      if constexpr (curve == Curve::lines && !residual) {
        LC_UNROLL for (int v = 0; v < 2; ++v) {
          scale_below[v] = load(p.scale_below + channel + 16 * v);
          offset_below[v] = load(p.offset_below + channel + 16 * v);
        }
      }
      const int rows_left = p.rows - first;
      LC_UNROLL for (int r = 0; r < kRows; ++r) {
        if (r >= rows_left) break;
        __m512 f[2], added[2];
        if constexpr (residual) load_residual(p.added, p.residual[first + r] + added_at, keep, added[0], added[1]);
        LC_UNROLL for (int v = 0; v < 2; ++v) {
          const __m512 s = In::floats(sum[r][v]);
          f[v] = _mm512_fmadd_ps(s, scale[v], offset[v]);
          if constexpr (residual) f[v] = _mm512_add_ps(f[v], added[v]);
          if constexpr (curve == Curve::lines && residual)
            f[v] = _mm512_max_ps(f[v], _mm512_mul_ps(f[v], _mm512_set1_ps(p.slope)));
          if constexpr (curve == Curve::lines && !residual)
            f[v] = _mm512_max_ps(f[v], _mm512_fmadd_ps(s, scale_below[v], offset_below[v]));
          if constexpr (curve == Curve::clip)
            f[v] = _mm512_min_ps(_mm512_max_ps(f[v], _mm512_set1_ps(p.low)), _mm512_set1_ps(p.high));
          if constexpr (curve == Curve::hard_swish) {
            const __m512 gate = _mm512_fmadd_ps(f[v], _mm512_set1_ps(p.low), _mm512_set1_ps(p.high));
            f[v] = _mm512_mul_ps(f[v], _mm512_min_ps(_mm512_max_ps(gate, _mm512_setzero_ps()), _mm512_set1_ps(1)));
          }
        }
        store<out>(p.to[first + r] + to_at, f[0], f[1], keep);
      }
    }
  }
}

template <class In, Number out, Curve curve>
void with_residual(const TileProduct& p) {
  if constexpr (out != Number::u8) {
    if (p.residual) return product<In, out, curve, true>(p);
  }
  product<In, out, curve, false>(p);
}

template <class In, Number out>
void with_curve(const TileProduct& p) {
  if (p.curve == Curve::none) return with_residual<In, out, Curve::none>(p);
  if (p.curve == Curve::lines) return with_residual<In, out, Curve::lines>(p);
  if constexpr (out != Number::u8) {
    if (p.curve == Curve::clip) return with_residual<In, out, Curve::clip>(p);
    with_residual<In, out, Curve::hard_swish>(p);
  }
}

void product_of(const TileProduct& p) {
  if (p.in == Number::u8) {
    if (p.out == Number::u8) return with_curve<U8, Number::u8>(p);
    if (p.out == Number::bf16) return with_curve<U8, Number::bf16>(p);
    return with_curve<U8, Number::f32>(p);
  }
  if (p.in == Number::bf16) {
    if (p.out == Number::u8) return with_curve<B16, Number::u8>(p);
    if (p.out == Number::bf16) return with_curve<B16, Number::bf16>(p);
    return with_curve<B16, Number::f32>(p);
  }
  if (p.out == Number::u8) return with_curve<F32, Number::u8>(p);
  with_curve<F32, Number::f32>(p);
}

// The four sums of a column: two rows of 32 channels each.
struct Four {
  __m512 a[2], b[2];
};

template <Number out>
LC_INLINE void store_column(std::byte* to, const __m512 (&f)[2]) {
  if constexpr (out == Number::u8) {
    const __m512i words = _mm512_packs_epi32(_mm512_cvtps_epi32(f[0]), _mm512_cvtps_epi32(f[1]));
    const __m256i bytes = _mm512_cvtsepi16_epi8(words);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_xor_si256(bytes, _mm256_set1_epi8(-128)));
  } else if constexpr (out == Number::bf16) {
    _mm512_storeu_si512(to, narrow(f[0], f[1]));
  } else {
    _mm512_storeu_ps(to, f[0]);
    _mm512_storeu_ps(to + 64, f[1]);
  }
}

// What column x of the picture adds to the sums of the columns beside it.
struct Pairs {  // bf16: rows 0 and 1, 2 and 3, interleaved
  __m512i upper[2], lower[2];
  static constexpr std::size_t kColumn = 8 * 64;  // bytes of taps

  LC_INLINE void read(const TileDepthwise& d, int x, std::size_t at) {
    const std::size_t place = static_cast<std::size_t>(x) * static_cast<std::size_t>(d.channels) * 2 + at;
    const __m512i r0 = load(d.in[0] + place), r1 = load(d.in[1] + place), r2 = load(d.in[2] + place),
                  r3 = load(d.in[3] + place);
    upper[0] = _mm512_unpacklo_epi16(r0, r1);
    upper[1] = _mm512_unpackhi_epi16(r0, r1);
    lower[0] = _mm512_unpacklo_epi16(r2, r3);
    lower[1] = _mm512_unpackhi_epi16(r2, r3);
  }
  LC_INLINE void clear() { upper[0] = upper[1] = lower[0] = lower[1] = _mm512_setzero_si512(); }
  LC_INLINE void add(Four& sum, const std::byte* taps) const {
    LC_UNROLL for (int v = 0; v < 2; ++v) {
      sum.a[v] = dot(dot(sum.a[v], upper[v], load(taps + 64 * v)), lower[v], load(taps + 128 + 64 * v));
      sum.b[v] = dot(dot(sum.b[v], upper[v], load(taps + 256 + 64 * v)), lower[v], load(taps + 384 + 64 * v));
    }
  }
  // The same for two columns, with each tap loaded once.
  static LC_INLINE void add(const Pairs& left, Four& left_sum, const Pairs& right, Four& right_sum, const std::byte* taps) {
    LC_UNROLL for (int v = 0; v < 2; ++v) {
      const __m512i a0 = load(taps + 64 * v), a1 = load(taps + 128 + 64 * v);
      left_sum.a[v] = dot(dot(left_sum.a[v], left.upper[v], a0), left.lower[v], a1);
      right_sum.a[v] = dot(dot(right_sum.a[v], right.upper[v], a0), right.lower[v], a1);
      const __m512i b0 = load(taps + 256 + 64 * v), b1 = load(taps + 384 + 64 * v);
      left_sum.b[v] = dot(dot(left_sum.b[v], left.upper[v], b0), left.lower[v], b1);
      right_sum.b[v] = dot(dot(right_sum.b[v], right.upper[v], b0), right.lower[v], b1);
    }
  }
};
struct Floats {
  __m512 row[4][2];
  static constexpr std::size_t kColumn = 6 * 64;

  LC_INLINE void read(const TileDepthwise& d, int x, std::size_t at) {
    const std::size_t place = static_cast<std::size_t>(x) * static_cast<std::size_t>(d.channels) * 4 + at;
    LC_UNROLL for (int r = 0; r < 4; ++r) LC_UNROLL for (int v = 0; v < 2; ++v)
      row[r][v] = _mm512_loadu_ps(d.in[r] + place + static_cast<std::size_t>(64 * v));
  }
  LC_INLINE void clear() {
    LC_UNROLL for (int r = 0; r < 4; ++r) row[r][0] = row[r][1] = _mm512_setzero_ps();
  }
  LC_INLINE void add(Four& sum, const std::byte* taps) const {
    LC_UNROLL for (int v = 0; v < 2; ++v) LC_UNROLL for (int r = 0; r < 3; ++r) {
      const __m512 tap = _mm512_loadu_ps(taps + 128 * r + 64 * v);
      sum.a[v] = _mm512_fmadd_ps(row[r][v], tap, sum.a[v]);
      sum.b[v] = _mm512_fmadd_ps(row[r + 1][v], tap, sum.b[v]);
    }
  }
  static LC_INLINE void add(const Floats& left, Four& left_sum, const Floats& right, Four& right_sum, const std::byte* taps) {
    left.add(left_sum, taps);
    right.add(right_sum, taps);
  }
};

template <class Column, Number in, Number out>
void depthwise(const TileDepthwise& d) {
  for (int channel = 0; channel < d.channels; channel += 32) {
    const std::byte* taps = d.taps + static_cast<std::size_t>(channel / 32) * 3 * Column::kColumn;
    const std::size_t at = static_cast<std::size_t>(channel) * bytes_of(in);
    const std::size_t to_at = tile_offset(static_cast<std::size_t>(channel) * bytes_of(out));
    const __m512 bias[2] = {load(d.bias + channel), load(d.bias + channel + 16)};
    const Four fresh{{bias[0], bias[1]}, {bias[0], bias[1]}};
    Four done = fresh, next = fresh;  // sums of columns x - 1 and x
    Column column, right;
    const auto take = [&](Column& c, int x) __attribute__((always_inline)) {
      if (x < 0 || x >= d.width)
        c.clear();
      else
        c.read(d, x, at);
    };
    take(column, d.begin - 1);
    column.add(done, taps);
    take(column, d.begin);
    column.add(done, taps + Column::kColumn);
    column.add(next, taps);
    std::byte *first = d.to_first + to_at, *second = d.to_second + to_at;
    int x = d.begin + 1;
    for (; x < d.end; x += 2, first += 2 * kRowStride, second += 2 * kRowStride) {
      take(column, x);
      take(right, x + 1);
      Four after = fresh, last = fresh;
      // Each sum from its left column to its right, so that it does not depend on where it is begun.
      Column::add(column, after, right, last, taps);
      Column::add(column, next, right, after, taps + Column::kColumn);
      Column::add(column, done, right, next, taps + 2 * Column::kColumn);
      store_column<out>(first, done.a);
      store_column<out>(second, done.b);
      store_column<out>(first + kRowStride, next.a);
      store_column<out>(second + kRowStride, next.b);
      done = after;
      next = last;
    }
    if (x == d.end) {
      take(column, x);
      column.add(done, taps + 2 * Column::kColumn);
      store_column<out>(first, done.a);
      store_column<out>(second, done.b);
    }
  }
}

void depthwise_of(const TileDepthwise& d) {
  if (d.number == Number::f32) return depthwise<Floats, Number::f32, Number::f32>(d);
  if (d.out == Number::u8) return depthwise<Pairs, Number::bf16, Number::u8>(d);
  depthwise<Pairs, Number::bf16, Number::bf16>(d);
}

template <Number from>
LC_INLINE __m512 floats_at(const std::byte* in, std::size_t i, __mmask16 keep) {
  if constexpr (from == Number::f32)
    return _mm512_maskz_loadu_ps(keep, in + 4 * i);
  else if constexpr (from == Number::bf16)
    return widen(_mm256_maskz_loadu_epi16(keep, in + 2 * i));
  else
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(keep, in + i)));
}

template <Number from, Number to>
LC_INLINE void convert_lanes(const std::byte* in, std::byte* out, std::size_t i, __mmask16 keep, const float* scale, float zero) {
  __m512 f = floats_at<from>(in, i, keep);
  if constexpr (to == Number::u8) {
    f = _mm512_fmadd_ps(f, scale ? _mm512_maskz_loadu_ps(keep, scale) : _mm512_set1_ps(1), _mm512_set1_ps(zero));
    // The order of operands makes NaN 0.
    f = _mm512_min_ps(_mm512_max_ps(f, _mm512_setzero_ps()), _mm512_set1_ps(255));
    _mm_mask_storeu_epi8(out + i, keep, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(f)));
  } else {
    f = _mm512_add_ps(f, _mm512_set1_ps(zero));
    if constexpr (to == Number::bf16)
      _mm256_mask_storeu_epi16(out + 2 * i, keep, narrow(f));
    else
      _mm512_mask_storeu_ps(out + 4 * i, keep, f);
  }
}

template <Number from, Number to>
void convert_all(const std::byte* in, std::byte* out, std::size_t n, const float* scale, std::size_t period, float zero) {
  for (std::size_t begin = 0; begin < n; begin += period) {
    const std::size_t end = begin + period < n ? begin + period : n;
    std::size_t i = begin;
    for (; i + kLanes <= end; i += kLanes)  // a mask that is known to be full costs nothing
      convert_lanes<from, to>(in, out, i, 0xffff, scale ? scale + (i - begin) : nullptr, zero);
    if (i < end)
      convert_lanes<from, to>(in, out, i, static_cast<__mmask16>((1u << (end - i)) - 1), scale ? scale + (i - begin) : nullptr,
                              zero);
  }
}

template <Number from>
void convert_from(Number to, const std::byte* in, std::byte* out, std::size_t n, const float* scale, std::size_t period,
                  float zero) {
  if (to == Number::u8) return convert_all<from, Number::u8>(in, out, n, scale, period, zero);
  if (to == Number::bf16) return convert_all<from, Number::bf16>(in, out, n, scale, period, zero);
  convert_all<from, Number::f32>(in, out, n, scale, period, zero);
}

void convert(Number from, Number to, const void* in, void* out, std::size_t n, const float* scale, std::size_t period,
             float zero) {
  const auto* source = static_cast<const std::byte*>(in);
  auto* target = static_cast<std::byte*>(out);
  if (!scale) period = n == 0 ? 1 : n;
  if (from == Number::f32) return convert_from<Number::f32>(to, source, target, n, scale, period, zero);
  if (from == Number::bf16) return convert_from<Number::bf16>(to, source, target, n, scale, period, zero);
  convert_from<Number::u8>(to, source, target, n, scale, period, zero);
}

}  // namespace

#if LC_TILE_BF16
const TileKernels kAvx512Bf16Tiles{"avx512_bf16", product_of, depthwise_of, convert};
#else
const TileKernels kAvx512Tiles{"avx512_vnni", product_of, depthwise_of, convert};
#endif

}  // namespace lc::nn
