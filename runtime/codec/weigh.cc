#include "codec/weigh.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace lc::codec {

void weigh_plainly(const Weighed* rows, std::size_t row_count, std::int32_t* e, std::size_t count) {
  for (std::size_t r = 0; r < row_count; ++r)
    for (std::size_t i = 0; i < count; ++i) e[i] += rows[r].row[i] * rows[r].magnitude;
}

#ifdef __x86_64__
namespace {

// Two rows at a time: their weights interleaved, times their magnitudes alike, added in pairs.
std::int32_t pair_of(const Weighed& a, const Weighed& b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::uint16_t>(a.magnitude)) |
                                   static_cast<std::uint32_t>(static_cast<std::uint16_t>(b.magnitude)) << 16);
}

// An odd one out is paired with itself, times 0.
struct Pairs {
  const std::int16_t* first[kMaxWeighed / 2];
  const std::int16_t* second[kMaxWeighed / 2];
  std::int32_t magnitudes[kMaxWeighed / 2];
  std::size_t count;

  Pairs(const Weighed* rows, std::size_t row_count) : count((row_count + 1) / 2) {
    for (std::size_t p = 0; p < count; ++p) {
      const Weighed& a = rows[2 * p];
      const Weighed b = 2 * p + 1 < row_count ? rows[2 * p + 1] : Weighed{a.row, 0};
      first[p] = a.row;
      second[p] = b.row;
      magnitudes[p] = pair_of(a, b);
    }
  }
};

void weigh_sse2(const Weighed* rows, std::size_t row_count, std::int32_t* e, std::size_t count) {
  const Pairs pairs(rows, row_count);
  for (std::size_t i = 0; i < count; i += 8) {
    auto* const to = reinterpret_cast<__m128i*>(e + i);
    __m128i low = _mm_loadu_si128(to), high = _mm_loadu_si128(to + 1);
    for (std::size_t p = 0; p < pairs.count; ++p) {
      const __m128i magnitudes = _mm_set1_epi32(pairs.magnitudes[p]);
      const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(pairs.first[p] + i));
      const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(pairs.second[p] + i));
      low = _mm_add_epi32(low, _mm_madd_epi16(_mm_unpacklo_epi16(a, b), magnitudes));
      high = _mm_add_epi32(high, _mm_madd_epi16(_mm_unpackhi_epi16(a, b), magnitudes));
    }
    _mm_storeu_si128(to, low);
    _mm_storeu_si128(to + 1, high);
  }
}

__attribute__((target("avx2"))) void weigh_avx2(const Weighed* rows, std::size_t row_count, std::int32_t* e,
                                                std::size_t count) {
  const Pairs pairs(rows, row_count);
  for (std::size_t i = 0; i < count; i += 16) {
    auto* const to = reinterpret_cast<__m256i*>(e + i);
    __m256i low = _mm256_setzero_si256(), high = low;  // entries 0-3 and 8-11, 4-7 and 12-15
    for (std::size_t p = 0; p < pairs.count; ++p) {
      const __m256i magnitudes = _mm256_set1_epi32(pairs.magnitudes[p]);
      const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(pairs.first[p] + i));
      const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(pairs.second[p] + i));
      low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), magnitudes));
      high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), magnitudes));
    }
    const __m256i before = _mm256_permute2x128_si256(low, high, 0x20);
    const __m256i after = _mm256_permute2x128_si256(low, high, 0x31);
    _mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), before));
    _mm256_storeu_si256(to + 1, _mm256_add_epi32(_mm256_loadu_si256(to + 1), after));
  }
}

}  // namespace

std::size_t weighs(NamedWeigh (&out)[3]) {
  std::size_t count = 0;
  out[count++] = {"plain", weigh_plainly};
  out[count++] = {"sse2", weigh_sse2};
  if (__builtin_cpu_supports("avx2")) out[count++] = {"avx2", weigh_avx2};
  return count;
}
#else
std::size_t weighs(NamedWeigh (&out)[3]) {
  out[0] = {"plain", weigh_plainly};
  return 1;
}
#endif

Weigh fastest_weigh() {
  NamedWeigh all[3];
  return all[weighs(all) - 1].weigh;
}

}  // namespace lc::codec
