#include "quality/sp800_22.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lc::quality::sp800_22 {
namespace {

Result<> need(BitSpan bits, std::size_t least, const char* test) {
  if (bits.size() < least)
    return fail(Errc::unsupported, "the {} test needs {} bits or more, there are {}", test, least, bits.size());
  return {};
}

// Overlapping patterns of m bits around the end: how often each comes.
std::vector<std::uint64_t> patterns(BitSpan bits, unsigned m) {
  std::vector<std::uint64_t> counts(std::size_t{1} << m);
  std::size_t pattern = 0;
  for (unsigned i = 0; i + 1 < m; ++i) pattern = pattern << 1 | bits[i];
  for (std::size_t i = 0; i < bits.size(); ++i) {
    pattern = (pattern << 1 | bits[(i + m - 1) % bits.size()]) & (counts.size() - 1);
    ++counts[pattern];
  }
  return counts;
}

double psi_square(BitSpan bits, unsigned m) {
  if (m == 0) return 0;
  double sum = 0;
  for (const std::uint64_t count : patterns(bits, m)) sum += static_cast<double>(count) * static_cast<double>(count);
  const auto n = static_cast<double>(bits.size());
  return std::ldexp(sum, static_cast<int>(m)) / n - n;
}

double phi(BitSpan bits, unsigned m) {
  if (m == 0) return 0;
  const auto n = static_cast<double>(bits.size());
  double sum = 0;
  for (const std::uint64_t count : patterns(bits, m))
    if (count > 0) sum += static_cast<double>(count) / n * std::log(static_cast<double>(count) / n);
  return sum;
}

struct RunPlan {
  std::size_t least_bits, block, first_class, last_class;  // classes: longest run <= first, ..., >= last
};
constexpr std::array kRunPlans{RunPlan{750000, 10000, 10, 16}, RunPlan{6272, 128, 4, 9}, RunPlan{128, 8, 1, 4}};

std::size_t longest_of(BitSpan block) {
  std::size_t longest = 0, run = 0;
  for (const std::uint8_t bit : block) longest = std::max(longest, run = bit ? run + 1 : 0);
  return longest;
}

}  // namespace

Bits bits_of(ByteSpan bytes) {
  Bits out;
  out.reserve(8 * bytes.size());
  for (const std::byte b : bytes)
    for (int i = 7; i >= 0; --i) out.push_back(std::to_integer<std::uint8_t>(b >> i & std::byte{1}));
  return out;
}

Bits bits_of(std::string_view text) {
  Bits out;
  for (const char c : text)
    if (c == '0' || c == '1') out.push_back(c == '1');
  return out;
}

Result<double> monobit(BitSpan bits) {
  LC_TRY(need(bits, 1, "monobit"));
  const auto ones = static_cast<double>(std::count(bits.begin(), bits.end(), std::uint8_t{1}));
  const auto n = static_cast<double>(bits.size());
  return std::erfc(std::abs(2 * ones - n) / std::sqrt(2 * n));
}

Result<double> block_frequency(BitSpan bits, std::size_t block) {
  LC_EXPECT(block > 0, "blocks of one bit or more");
  LC_TRY(need(bits, block, "block frequency"));
  const std::size_t blocks = bits.size() / block;
  double sum = 0;
  for (std::size_t i = 0; i < blocks; ++i) {
    const BitSpan part = bits.subspan(i * block, block);
    const double share =
        static_cast<double>(std::count(part.begin(), part.end(), std::uint8_t{1})) / static_cast<double>(block);
    sum += (share - 0.5) * (share - 0.5);
  }
  return upper_gamma(static_cast<double>(blocks) / 2, 2 * static_cast<double>(block) * sum);
}

Result<double> runs(BitSpan bits) {
  LC_TRY(need(bits, 2, "runs"));
  const auto n = static_cast<double>(bits.size());
  const double share = static_cast<double>(std::count(bits.begin(), bits.end(), std::uint8_t{1})) / n;
  if (std::abs(share - 0.5) >= 2 / std::sqrt(n)) return 0.0;  // fails monobit already
  double count = 1;
  for (std::size_t i = 1; i < bits.size(); ++i) count += bits[i] != bits[i - 1];
  const double balance = share * (1 - share);
  return std::erfc(std::abs(count - 2 * n * balance) / (2 * std::sqrt(2 * n) * balance));
}

double longest_run_at_most(std::size_t bits, std::size_t run) {
  std::vector<double> p(bits + 1, 1);
  for (std::size_t n = run + 1; n <= bits; ++n)
    // The last bits are a zero and run + 1 ones, for the first time.
    p[n] = p[n - 1] - (n == run + 1 ? std::ldexp(1, -static_cast<int>(n))
                                    : std::ldexp(p[n - run - 2], -static_cast<int>(run + 2)));
  return p[bits];
}

Result<double> longest_run(BitSpan bits) {
  LC_TRY(need(bits, kRunPlans.back().least_bits, "longest run"));
  const RunPlan& plan =
      *std::find_if(kRunPlans.begin(), kRunPlans.end(), [&](const RunPlan& p) { return bits.size() >= p.least_bits; });
  std::vector<double> counts(plan.last_class - plan.first_class + 1);
  const std::size_t blocks = bits.size() / plan.block;
  for (std::size_t i = 0; i < blocks; ++i)
    ++counts[std::clamp(longest_of(bits.subspan(i * plan.block, plan.block)), plan.first_class, plan.last_class) -
             plan.first_class];
  double sum = 0, below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double up_to = i + 1 == counts.size() ? 1 : longest_run_at_most(plan.block, plan.first_class + i);
    const double expected = static_cast<double>(blocks) * (up_to - below);
    sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    below = up_to;
  }
  return upper_gamma(static_cast<double>(counts.size() - 1) / 2, sum / 2);
}

Result<double> cumulative_sums(BitSpan bits, bool is_forward) {
  LC_TRY(need(bits, 2, "cumulative sums"));
  std::int64_t sum = 0, farthest = 0;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    sum += bits[is_forward ? i : bits.size() - 1 - i] ? 1 : -1;
    farthest = std::max(farthest, std::abs(sum));
  }
  const auto n = static_cast<double>(bits.size()), z = static_cast<double>(farthest), root = std::sqrt(n);
  double p = 1;
  for (auto k = std::trunc((-n / z + 1) / 4); k <= std::trunc((n / z - 1) / 4); ++k)
    p -= normal_cdf((4 * k + 1) * z / root) - normal_cdf((4 * k - 1) * z / root);
  for (auto k = std::trunc((-n / z - 3) / 4); k <= std::trunc((n / z - 1) / 4); ++k)
    p += normal_cdf((4 * k + 3) * z / root) - normal_cdf((4 * k + 1) * z / root);
  return p;
}

Result<std::pair<double, double>> serial(BitSpan bits, unsigned m) {
  LC_EXPECT(m >= 2 && m <= 16, "patterns of 2 to 16 bits");
  LC_TRY(need(bits, m, "serial"));
  const double most = psi_square(bits, m), less = psi_square(bits, m - 1), least = psi_square(bits, m - 2);
  const double first = most - less, second = most - 2 * less + least;
  // Rounding may leave a zero slightly negative.
  return std::pair{upper_gamma(std::ldexp(1, static_cast<int>(m) - 2), std::max(0.0, first / 2)),
                   upper_gamma(std::ldexp(1, static_cast<int>(m) - 3), std::max(0.0, second / 2))};
}

Result<double> approximate_entropy(BitSpan bits, unsigned m) {
  LC_EXPECT(m >= 1 && m <= 16, "patterns of 1 to 16 bits");
  LC_TRY(need(bits, m + 1, "approximate entropy"));
  const double chi = 2 * static_cast<double>(bits.size()) * (std::log(2.0) - (phi(bits, m) - phi(bits, m + 1)));
  return upper_gamma(std::ldexp(1, static_cast<int>(m) - 1), std::max(0.0, chi / 2));
}

Interval proportion(std::size_t strings, double alpha) {
  const double reach = 3 * std::sqrt(alpha * (1 - alpha) / static_cast<double>(strings));
  return {1 - alpha - reach, 1 - alpha + reach};
}

double uniformity(std::span<const double> p_values) {
  LC_EXPECT(!p_values.empty(), "p-values of something");
  std::array<double, 10> bins{};
  for (const double p : p_values) ++bins[static_cast<std::size_t>(std::clamp(10 * p, 0.0, 9.0))];
  const double expected = static_cast<double>(p_values.size()) / 10;
  double sum = 0;
  for (const double count : bins) sum += (count - expected) * (count - expected) / expected;
  return upper_gamma(4.5, sum / 2);
}

}  // namespace lc::quality::sp800_22
