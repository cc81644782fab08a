// Seven of the randomness tests of NIST SP 800-22 rev. 1a. Each gives the p-value of a bit string: below 0.01 it is
// called not random there. One p-value says little; judge by proportion() and uniformity() over many strings.
//
// Bits are bytes of 0 or 1. Too few bits for a test give Errc::unsupported, with the number that it needs; the sizes
// that the standard recommends are larger.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "quality/probability.h"

namespace lc::quality::sp800_22 {

using Bits = std::vector<std::uint8_t>;
using BitSpan = std::span<const std::uint8_t>;

// Most significant bit first.
Bits bits_of(ByteSpan bytes);
// Of a text of '0' and '1'; other characters are left out.
Bits bits_of(std::string_view text);

Result<double> monobit(BitSpan bits);                                // 2.1
Result<double> block_frequency(BitSpan bits, std::size_t block);     // 2.2
Result<double> runs(BitSpan bits);                                   // 2.3
Result<double> longest_run(BitSpan bits);                            // 2.4: blocks of 8, 128 or 10,000 bits by length
Result<double> cumulative_sums(BitSpan bits, bool is_forward);       // 2.13
Result<std::pair<double, double>> serial(BitSpan bits, unsigned m);  // 2.11; m 2..16
Result<double> approximate_entropy(BitSpan bits, unsigned m);        // 2.12; m 1..16

// P(the longest run of ones in `bits` fair bits is at most `run`): what 2.4 is built on.
double longest_run_at_most(std::size_t bits, std::size_t run);

// Of `strings` random strings, the share that passes at level alpha lies in here (three deviations).
Interval proportion(std::size_t strings, double alpha);
// p-value of the p-values being uniform: chi-square over ten bins.
double uniformity(std::span<const double> p_values);

}  // namespace lc::quality::sp800_22
