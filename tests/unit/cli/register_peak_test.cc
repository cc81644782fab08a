#include "cli/register_peak.h"

#include <array>

#include "support/test.h"

using namespace lc;

TEST_CASE("register peak: the narrower the numbers, the faster, for as many instructions as the processor has") {
  std::array peaks{cli::RegisterPeak(nn::Precision::f32), cli::RegisterPeak(nn::Precision::bf16),
                   cli::RegisterPeak(nn::Precision::int8)};
  for (const auto& peak : peaks) CHECK(peak.giga_a_second() == 0);
  for (int round = 0; round < 7; ++round)  // in turn: what the machine does besides hits all of them
    for (auto& peak : peaks) peak.measure();
  double before = 0;
  for (const auto& peak : peaks) {
    CAPTURE(peak.instruction());
    if (peak.instruction() == std::string("none")) {
      CHECK(peak.giga_a_second() == 0);
      continue;
    }
    CHECK(peak.giga_a_second() > 1.2 * before);  // twice, but for noise
    before = peak.giga_a_second();
  }
}

TEST_CASE("register peak: a kernel runs any number of rounds") {
  const cli::PeakKernel* kernel = cli::peak_kernel(nn::Precision::f32);
  if (!kernel) LC_SKIP("no AVX2");
  CHECK(kernel->operations >= 8 * 2 * 12);
  kernel->run(1);
  kernel->run(1000);
}
