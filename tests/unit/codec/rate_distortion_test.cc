#include "codec/rate_distortion.h"

#include <limits>
#include <random>

#include "latents.h"
#include "slow_slice.h"

using namespace lc;
using namespace lc::codec;

namespace {

// What `latent` may have been rounded from.
std::vector<float> unrounded(const Latent& latent, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> less(-0.499f, 0.499f);
  std::vector<float> out;
  for (const std::int16_t q : latent.values()) out.push_back(static_cast<float>(q) + less(random));
  return out;
}

double squared_error(const std::vector<float>& exact, const Latent& latent) {
  double sum = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double off = static_cast<double>(exact[i]) - latent.values()[i];
    sum += off * off;
  }
  return sum;
}

double largest_error(const std::vector<float>& exact, const Latent& latent) {
  double most = 0;
  for (std::size_t i = 0; i < exact.size(); ++i)
    most = std::max(most, std::fabs(static_cast<double>(exact[i]) - latent.values()[i]));
  return most;
}

}  // namespace

TEST_CASE("rate and distortion: fewer bits, each for a small error, and the decoder gets what was chosen") {
  const Latent before = test::random_latent(20, 30, 16, 5);
  for (const bool predicts : {false, true})
    for (const Latent* reference : {static_cast<const Latent*>(nullptr), &before}) {
      CAPTURE(predicts);
      CAPTURE(reference == nullptr);
      const auto model = test::parse_model(predicts ? test::predicting_tables() : test::toy_tables(16));
      const Latent rounded = reference ? test::next_latent(before, 6) : before;
      const auto exact = unrounded(rounded, 7);
      SliceCoder coder(model);
      Latent chosen = rounded, plain = rounded, got = rounded, slow = rounded;
      Bytes fewer, bytes;
      coder.encode(plain, {0, 20, 0, reference, {}}, bytes);
      CHECK(plain == rounded);
      coder.encode(chosen, {0, 20, 0, reference, exact}, fewer);
      REQUIRE(coder.decode(fewer, {0, 20, 0, reference, {}}, got));
      CHECK(got == chosen);
      REQUIRE(test::slow_decode(*model, fewer, {0, 20, 0, reference, {}}, slow));
      CHECK(slow == chosen);
      CHECK(largest_error(exact, chosen) < 3);
      const double saved = 8.0 * (static_cast<double>(bytes.size()) - static_cast<double>(fewer.size()));
      const double error = squared_error(exact, chosen) - squared_error(exact, rounded);
      CHECK(saved > 0.003 * 8 * static_cast<double>(bytes.size()));
      CHECK(error > 0);
      CHECK(error < 0.1 * saved);
    }
}

TEST_CASE("rate and distortion: a lone one in a group that should be empty goes, a two and what is no number stay") {
  const auto model = test::parse_model(test::toy_tables(16));
  const RateDistortion worth(*model);
  const std::array<std::int32_t, 8> nothing{};
  const auto improved = [&](float value, std::int32_t rounded) {
    std::array<std::int32_t, 8> symbols{};
    std::array<float, 8> exact{};
    symbols[5] = rounded;
    exact[5] = value;
    worth.improve(nothing.data(), 0, exact.data(), 8, symbols.data());
    return symbols[5];
  };
  CHECK(improved(0.51f, 1) == 0);
  CHECK(improved(-0.51f, -1) == 0);
  CHECK(improved(0.0f, 0) == 0);
  CHECK(improved(2.4f, 2) == 2);
  CHECK(improved(16.0f, 16) == 16);
  for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
    for (const std::int32_t rounded : {0, 1, -2, 32767}) CHECK(std::abs(improved(value, rounded)) <= std::abs(rounded));
}
