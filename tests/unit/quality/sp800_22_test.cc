// The worked examples of NIST SP 800-22 rev. 1a.
#include "quality/sp800_22.h"

#include "support.h"

using namespace lc;
using namespace lc::quality;
using namespace lc::quality::sp800_22;

namespace {

const Bits kPi100 =
    bits_of("1100100100001111110110101010001000100001011010001100001000110100110001001100011001100010100010111000");

void check_p(const Result<double>& p, double printed) {
  REQUIRE(p);
  CHECK(std::abs(*p - printed) < 6e-7);
}

}  // namespace

TEST_CASE("sp800-22: the first hundred binary digits of pi") {
  REQUIRE(kPi100.size() == 100);
  check_p(monobit(kPi100), 0.109599);
  check_p(block_frequency(kPi100, 10), 0.706438);
  check_p(runs(kPi100), 0.500798);
  check_p(cumulative_sums(kPi100, true), 0.219194);
  check_p(cumulative_sums(kPi100, false), 0.114866);
  check_p(approximate_entropy(kPi100, 2), 0.235301);
}

TEST_CASE("sp800-22: the short examples") {
  check_p(monobit(bits_of("1011010101")), 0.527089);
  check_p(block_frequency(bits_of("0110011010"), 3), 0.801252);
  check_p(runs(bits_of("1001101011")), 0.147232);
  check_p(cumulative_sums(bits_of("1011010111"), true), 0.4116588);
  check_p(approximate_entropy(bits_of("0100110101"), 3), 0.261961);
  const auto p = serial(bits_of("0011011101"), 3).value();
  check_p(p.first, 0.808792);
  check_p(p.second, 0.670320);
}

TEST_CASE("sp800-22: the longest run of ones, with exact class probabilities") {
  const Bits bits = bits_of(
      "11001100000101010110110001001100111000000000001001001101010100010001001111010110"
      "100000001101011111001100111001101101100010110010");
  REQUIRE(bits.size() == 128);
  check_p(longest_run(bits), 0.180609);
  CHECK(std::abs(longest_run_at_most(8, 1) - 0.2148) < 5e-5);
  CHECK(std::abs(longest_run_at_most(8, 2) - 0.2148 - 0.3672) < 1e-4);
  CHECK(std::abs(longest_run_at_most(128, 4) - 0.1174) < 5e-5);
  CHECK(std::abs(1 - longest_run_at_most(128, 8) - 0.1124) < 5e-5);
  CHECK(std::abs(longest_run_at_most(10000, 10) - 0.086632) < 1e-6);  // the standard prints 0.0882, an approximation
  CHECK(longest_run(Bits(127)).error().code == Errc::unsupported);
}

TEST_CASE("sp800-22: bits of bytes, most significant first") {
  CHECK(bits_of(ByteSpan(from_hex("c903").value())) == bits_of("11001001 00000011"));
}

TEST_CASE("sp800-22: random strings pass as often as they should, patterns never") {
  std::mt19937_64 random(5);
  std::vector<double> p_values;
  int passed = 0;
  constexpr int kStrings = 300;
  for (int i = 0; i < kStrings; ++i) {
    Bytes bytes(1250);
    for (std::byte& b : bytes) b = static_cast<std::byte>(random());
    const Bits bits = bits_of(ByteSpan(bytes));
    const double p = serial(bits, 5)->first;
    p_values.push_back(p);
    passed += p >= 0.05;
    CHECK(longest_run(bits).value() > 1e-6);
  }
  CHECK(proportion(kStrings, 0.05).contains(static_cast<double>(passed) / kStrings));
  CHECK(uniformity(p_values) > 1e-4);
  const Bits pattern = bits_of(ByteSpan(Bytes(1250, std::byte{0x55})));
  CHECK(monobit(pattern).value() == 1);
  CHECK(runs(pattern).value() < 1e-9);
  CHECK(serial(pattern, 3)->first < 1e-9);
  CHECK(approximate_entropy(pattern, 3).value() < 1e-9);
  CHECK(uniformity(std::vector<double>(100, 0.999)) < 1e-9);
}
