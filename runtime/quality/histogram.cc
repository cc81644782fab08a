#include "quality/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace lc::quality {
namespace {

// The counts of one value that `bytes` random bytes have with any likelihood: mean -+ 12 deviations.
struct Counts {
  explicit Counts(std::size_t bytes) {
    const double mean = static_cast<double>(bytes) / 256, reach = 12 * std::sqrt(mean) + 20;
    low = static_cast<std::size_t>(std::max(0.0, mean - reach));
    high = std::min(bytes, static_cast<std::size_t>(mean + reach));
  }
  std::size_t low, high;
};

double log_choose(double n, double k) { return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1); }

// -p log2 p of a value that came `count` times.
double term(std::size_t count, double bytes) {
  const double share = static_cast<double>(count) / bytes;
  return count == 0 ? 0 : -share * std::log2(share);
}

// P(count) of a binomial distribution, over counts.low..high.
std::vector<double> binomial(const Counts& counts, double n, double p) {
  std::vector<double> out(counts.high - counts.low + 1);
  const auto low = static_cast<double>(counts.low);
  if (low > n) return out;
  double chance = std::exp(log_choose(n, low) + low * std::log(p) + (n - low) * std::log1p(-p));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double count = low + static_cast<double>(i);
    out[i] = chance;
    chance *= std::max(0.0, n - count) / (count + 1) * (p / (1 - p));
  }
  return out;
}

}  // namespace

Histogram histogram(ByteSpan bytes) {
  Histogram out{};
  for (const std::byte b : bytes) ++out[std::to_integer<std::size_t>(b)];
  return out;
}

std::uint64_t total(const Histogram& histogram) {
  return std::accumulate(histogram.begin(), histogram.end(), std::uint64_t{0});
}

double entropy(const Histogram& histogram) {
  const auto all = static_cast<double>(total(histogram));
  double sum = 0;
  for (const std::uint64_t count : histogram) sum += term(count, all);
  return sum;
}

EntropyMoments random_entropy(std::size_t bytes) {
  LC_EXPECT(bytes >= 2, "the entropy of two bytes or more");
  const auto n = static_cast<double>(bytes);
  const Counts counts(bytes);
  const std::vector<double> first = binomial(counts, n, 1.0 / 256);
  double mean = 0;
  for (std::size_t i = 0; i < first.size(); ++i) mean += first[i] * term(counts.low + i, n);
  // Counts of two values depend on each other: given the first, the second is binomial over the rest.
  double same = 0, pair = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const double one = term(counts.low + i, n) - mean;
    same += first[i] * one * one;
    if (first[i] < 1e-18) continue;
    const std::vector<double> second = binomial(counts, n - static_cast<double>(counts.low + i), 1.0 / 255);
    double other = 0;
    for (std::size_t j = 0; j < second.size(); ++j) other += second[j] * (term(counts.low + j, n) - mean);
    pair += first[i] * one * other;
  }
  return {256 * mean, std::sqrt(std::max(0.0, 256 * same + 256 * 255 * pair))};
}

Result<double> local_entropy(ByteSpan bytes, std::uint64_t seed) {
  const std::size_t places = bytes.size() / kLocalBytes;
  if (places < kLocalBlocks)
    return fail(Errc::unsupported, "local entropy takes {} blocks of {} bytes; there are {} bytes", kLocalBlocks,
                kLocalBytes, bytes.size());
  std::vector<std::size_t> order(places);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 random(seed);
  double sum = 0;
  for (std::size_t i = 0; i < kLocalBlocks; ++i) {
    std::swap(order[i], order[i + random() % (places - i)]);
    sum += entropy(histogram(bytes.subspan(order[i] * kLocalBytes, kLocalBytes)));
  }
  return sum / kLocalBlocks;
}

Interval local_entropy_interval(double alpha) {
  static const EntropyMoments block = random_entropy(kLocalBytes);
  return normal_interval(block.mean, block.deviation / std::sqrt(double{kLocalBlocks}), alpha);
}

double chi_square(const Histogram& histogram) {
  const double expected = static_cast<double>(total(histogram)) / 256;
  LC_EXPECT(expected > 0, "a histogram of something");
  double sum = 0;
  for (const std::uint64_t count : histogram) {
    const double off = static_cast<double>(count) - expected;
    sum += off * off / expected;
  }
  return sum;
}

}  // namespace lc::quality
