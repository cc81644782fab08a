#include "quality/histogram.h"

#include "quality/deviation.h"
#include "support.h"

using namespace lc;
using namespace lc::quality;
using doctest::Approx;

namespace {

Bytes random_bytes(std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  Bytes out(count);
  for (std::byte& b : out) b = static_cast<std::byte>(random());
  return out;
}

}  // namespace

TEST_CASE("histogram: entropy and chi-square of small strings") {
  const Histogram h = histogram(from_hex("00000001020203ff").value());
  CHECK(total(h) == 8);
  CHECK(h[0] == 3);
  CHECK(entropy(h) == Approx(-(3 * std::log2(3.0 / 8) + 2 * std::log2(2.0 / 8) + 3 * std::log2(1.0 / 8)) / 8));
  CHECK(entropy(histogram(Bytes(50, std::byte{7}))) == 0);
  CHECK(chi_square(histogram(Bytes(256, std::byte{7}))) == Approx(255.0 * 255 + 255));
  Bytes each(256);
  for (int i = 0; i < 256; ++i) each[static_cast<std::size_t>(i)] = static_cast<std::byte>(i);
  CHECK(entropy(histogram(each)) == Approx(8));
  CHECK(chi_square(histogram(each)) == 0);
}

TEST_CASE("histogram: the entropy that random bytes have is computed exactly") {
  // Two random bytes are alike once in 256: H is 1 bit, or 0.
  CHECK(random_entropy(2).mean == Approx(255.0 / 256));
  CHECK(random_entropy(2).deviation == Approx(std::sqrt(255.0) / 256));
  CHECK(std::abs(random_entropy(4096).mean - 7.95459) < 5e-6);
  CHECK(std::abs(random_entropy(65536).mean - 7.99719) < 5e-6);
  CHECK(std::abs(random_entropy(393216).mean - 7.99953) < 5e-6);
  CHECK(std::abs(random_entropy(kLocalBytes).mean - 7.902469317) < 1e-9);
  double sum = 0, squares = 0;
  constexpr int kRuns = 2000;
  for (unsigned i = 0; i < kRuns; ++i) {
    const double h = entropy(histogram(random_bytes(1000, i)));
    sum += h, squares += h * h;
  }
  const EntropyMoments exact = random_entropy(1000);
  CHECK(std::abs(sum / kRuns - exact.mean) < 4 * exact.deviation / std::sqrt(double{kRuns}));
  CHECK(std::sqrt(squares / kRuns - sum / kRuns * sum / kRuns) == Approx(exact.deviation).epsilon(0.08));
}

TEST_CASE("histogram: local entropy accepts 95 % of random strings, where the literature's interval refuses most") {
  const Interval i05 = local_entropy_interval(0.05), i01 = local_entropy_interval(0.01),
                 i001 = local_entropy_interval(0.001);
  CHECK(std::abs(i05.low - 7.899358) < 2e-6);
  CHECK(std::abs(i05.high - 7.905580) < 2e-6);
  CHECK(std::abs(i01.low - 7.898381) < 2e-6);
  CHECK(std::abs(i001.high - 7.907693) < 2e-6);
  int ours = 0, theirs = 0;
  constexpr int kRuns = 400;
  for (unsigned i = 0; i < kRuns; ++i) {
    const double h = local_entropy(random_bytes(65536, i + 1), i).value();
    ours += i05.contains(h), theirs += kLiteratureLocalEntropy.contains(h);
  }
  CHECK(ours >= 0.92 * kRuns);
  CHECK(ours <= 0.98 * kRuns);
  CHECK(theirs < 0.36 * kRuns);
  CHECK(local_entropy(random_bytes(58079, 1)).error().code == Errc::unsupported);
  CHECK(local_entropy(Bytes(58080)).value() == 0);
}

TEST_CASE("deviation: nothing changed, everything moved, random bytes") {
  const Bytes plain = from_hex("00000505").value(), cipher = from_hex("05050000").value();
  Deviations d = deviations(plain, cipher);
  CHECK(d.maximum == 0);  // only places changed
  CHECK(d.irregular == Approx(2 * (4 - 4.0 / 256)));
  d = deviations(plain, from_hex("0505ffff").value());
  CHECK(d.maximum == Approx(1 + 0 + 1));  // ends count half
  const Bytes flat(393216, std::byte{9}), noise = random_bytes(393216, 3);
  CHECK(deviations(flat, noise).uniformity == Approx(random_uniformity(noise.size())).epsilon(0.2));
  CHECK(std::abs(random_uniformity(393216) - 0.0207) < 5e-4);
  CHECK(deviations(flat, flat).uniformity == Approx(2 * 255.0 / 256));
}
