#include "cli/register_peak.h"

#include <cstdint>

#include "cli/clocks.h"

namespace lc::cli {
namespace {

constexpr double kRoundMs = 1;  // of one measurement

#ifdef __x86_64__

// Assembly, so that no compiler keeps accumulators in memory or leaves out what nobody reads. The factors are ordinary
// numbers: zeros would draw less current, and some processors would clock higher.
#define LC_ON_12(operation)                                                                                 \
  operation "0\n" operation "1\n" operation "2\n" operation "3\n" operation "4\n" operation "5\n" operation \
            "6\n" operation "7\n" operation "8\n" operation "9\n" operation "10\n" operation "11\n"
#define LC_ON_24(operation)                                                                                       \
  LC_ON_12(operation)                                                                                             \
  operation "12\n" operation "13\n" operation "14\n" operation "15\n" operation "16\n" operation "17\n" operation \
            "18\n" operation "19\n" operation "20\n" operation "21\n" operation "22\n" operation "23\n"
#define LC_FIRST_16_REGISTERS                                                                                         \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", \
      "xmm14", "xmm15"

// zmm0 to zmm23 accumulate zmm31 * zmm31; vzeroupper spares the SSE code that follows its penalty.
#define LC_LOOP_512(operation) \
  asm volatile("vpbroadcastd %1, %%zmm31\n"                          \
               LC_ON_24("vmovdqa64 %%zmm31, %%zmm")                  \
               ".balign 64\n"                                        \
               "1:\n"                                                \
               LC_ON_24(operation " %%zmm31, %%zmm31, %%zmm")        \
               "dec %0\n"                                            \
               "jnz 1b\n"                                            \
               "vzeroupper\n"                                        \
               : "+r"(rounds)                                        \
               : "m"(factors)                                        \
               : LC_FIRST_16_REGISTERS, "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm31", \
                 "cc")

__attribute__((target("avx2,fma"))) void f32_avx2(long rounds) {
  const float factors = 0.5F;
  asm volatile("vbroadcastss %1, %%ymm15\n"
               LC_ON_12("vmovaps %%ymm15, %%ymm")
               ".balign 64\n"
               "1:\n"
               LC_ON_12("vfmadd231ps %%ymm15, %%ymm15, %%ymm")
               "dec %0\n"
               "jnz 1b\n"
               "vzeroupper\n"
               : "+r"(rounds)
               : "m"(factors)
               : LC_FIRST_16_REGISTERS, "cc");
}

__attribute__((target("avx512f"))) void f32_avx512(long rounds) {
  const float factors = 0.5F;
  LC_LOOP_512("vfmadd231ps");
}

__attribute__((target("avx512f,avx512bf16"))) void bf16_avx512(long rounds) {
  const std::uint32_t factors = 0x3f003f00;  // 0.5, twice
  LC_LOOP_512("vdpbf16ps");
}

__attribute__((target("avx512f,avx512vnni"))) void int8_avx512(long rounds) {
  const std::uint32_t factors = 0x0d170b13;
  LC_LOOP_512("vpdpbusd");
}

#endif

}  // namespace

const PeakKernel* peak_kernel(nn::Precision precision) {
#ifdef __x86_64__
  // Lanes, multiply-adds in each, two operations, accumulators.
  static constexpr PeakKernel kF32Avx2{nn::Precision::f32, "vfmadd231ps, 256 bits", 8.0 * 1 * 2 * 12, f32_avx2};
  static constexpr PeakKernel kF32{nn::Precision::f32, "vfmadd231ps, 512 bits", 16.0 * 1 * 2 * 24, f32_avx512};
  static constexpr PeakKernel kBf16{nn::Precision::bf16, "vdpbf16ps, 512 bits", 16.0 * 2 * 2 * 24, bf16_avx512};
  static constexpr PeakKernel kInt8{nn::Precision::int8, "vpdpbusd, 512 bits", 16.0 * 4 * 2 * 24, int8_avx512};
  const bool has_512 = __builtin_cpu_supports("avx512f");
  switch (precision) {
    case nn::Precision::f32:
      return has_512 ? &kF32 : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kF32Avx2 : nullptr;
    case nn::Precision::bf16:
      return has_512 && __builtin_cpu_supports("avx512bf16") ? &kBf16 : nullptr;
    case nn::Precision::int8:
      return has_512 && __builtin_cpu_supports("avx512vnni") ? &kInt8 : nullptr;
  }
#else
  static_cast<void>(precision);
#endif
  return nullptr;
}

void RegisterPeak::measure() {
  if (!kernel_) return;
  const auto time = [&] {
    const double begin = thread_ms();
    kernel_->run(rounds_);
    return thread_ms() - begin;
  };
  // The first time it finds out how much fills a millisecond.
  while (giga_.size() == 0 && time() < kRoundMs) rounds_ *= 2;
  giga_.add(kernel_->operations * static_cast<double>(rounds_) / (time() * 1e6));
}

}  // namespace lc::cli
