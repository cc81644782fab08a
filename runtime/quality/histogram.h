// Histograms of bytes, and what tells them from random bytes: entropy (whole and in blocks) and chi-square.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "quality/probability.h"

namespace lc::quality {

using Histogram = std::array<std::uint64_t, 256>;

Histogram histogram(ByteSpan bytes);
std::uint64_t total(const Histogram& histogram);

// Bits a byte, 0..8, of the observed shares.
double entropy(const Histogram& histogram);

// Mean and standard deviation of entropy() over `bytes` uniformly random bytes, exactly (sums over the multinomial
// distribution). A short random string does not reach 8: 4096 bytes have 7.9546 on the average.
struct EntropyMoments {
  double mean = 0, deviation = 0;
};
EntropyMoments random_entropy(std::size_t bytes);

// Mean entropy of `kLocalBlocks` blocks of kLocalBytes bytes at places drawn from `seed`, which do not overlap.
//   errors  unsupported: fewer bytes than the blocks need (58,080)
inline constexpr std::size_t kLocalBlocks = 30, kLocalBytes = 1936;
Result<double> local_entropy(ByteSpan bytes, std::uint64_t seed = 1);
// Random bytes lie within it with probability 1 - alpha.
Interval local_entropy_interval(double alpha);
// What papers print for alpha 0.05. Only 28 % of random strings lie in it: too narrow by about sqrt(30).
inline constexpr Interval kLiteratureLocalEntropy{7.901901305, 7.903037329};

// Sum of (observed - expected)^2 / expected over the 256 values; 255 degrees of freedom. Says nothing below 1280 bytes
// (an expected count of 5).
double chi_square(const Histogram& histogram);
inline constexpr double kChiSquareFreedom = 255;

}  // namespace lc::quality
