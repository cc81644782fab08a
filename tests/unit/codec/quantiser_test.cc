#include "codec/quantiser.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "latents.h"

using namespace lc;
using namespace lc::codec;

namespace {

std::vector<float> scaled(const std::vector<float>& y, const EntropyModel& model) {
  std::vector<float> out(y.size());
  scale(y, model, 0, out);
  return out;
}

// One position; quality 0 multiplies by 0.5 (the toy's tables).
Latent quantised(const std::vector<float>& y, const EntropyModel& model) {
  Latent latent;
  latent.reset(1, 1, 16);
  quantise(scaled(y, model), latent);
  return latent;
}

}  // namespace

TEST_CASE("quantiser: rounds halves away from zero, by rank, and clamps what is not a number") {
  const auto model = test::parse_model(test::toy_tables());
  std::vector<float> y(16, 0.0f);
  y[0] = 3.0f;
  y[1] = -3.0f;
  y[2] = 2.9f;
  y[3] = 20.0f;  // rank 5: the toy swaps ranks 3 and 5
  y[6] = std::numeric_limits<float>::infinity();
  y[7] = -1e30f;
  y[8] = std::numeric_limits<float>::quiet_NaN();
  const Latent q = quantised(y, *model);
  const std::int16_t* v = q.at(0, 0);
  CHECK(v[0] == 2);
  CHECK(v[1] == -2);
  CHECK(v[2] == 1);
  CHECK(v[3] == 0);
  CHECK(v[5] == 10);
  CHECK(v[6] == 32767);
  CHECK(v[7] == -32767);
  CHECK(v[8] == 0);
}

TEST_CASE("quantiser: dequantise puts channels back in the network's order") {
  const auto model = test::parse_model(test::toy_tables());
  std::vector<float> y(16, 0.0f), back(16);
  for (std::size_t i = 0; i < 16; ++i) y[i] = 4.0f * static_cast<float>(i);
  dequantise(quantised(y, *model), *model, 0, back);
  CHECK(back == y);
  // Positions that are not marked stay.
  const std::size_t channels = static_cast<std::size_t>(model->channels());
  std::vector<std::uint8_t> marked(16 / channels, 0);
  marked.back() = 1;
  std::fill(back.begin(), back.end(), -1.0f);
  dequantise(quantised(y, *model), *model, 0, back, marked);
  for (std::size_t i = 0; i < 16; ++i) CHECK(back[i] == (i < 16 - channels ? -1.0f : y[i]));
}

TEST_CASE("quantiser: a sticky latent stays until it moved by more than half a step and the stickiness") {
  const auto model = test::parse_model(test::toy_tables());
  const Latent reference = quantised(std::vector<float>(16, 10.0f), *model);  // 5 everywhere
  Latent q = reference;
  // Rank 1 moves by `steps`, everything else by 3 steps, so that the position as a whole is worth coding.
  const auto moved = [&](float steps, float stickiness) {
    std::vector<float> y(16, 16.0f);
    y[1] = 10.0f + 2 * steps;
    quantise_sticky(scaled(y, *model), reference, stickiness, q);
    CHECK(q.at(0, 0)[0] == 8);
    return q.at(0, 0)[1];
  };
  CHECK(moved(0.0f, 0.25f) == 5);
  CHECK(moved(0.74f, 0.25f) == 5);
  CHECK(moved(-0.74f, 0.25f) == 5);
  CHECK(moved(0.76f, 0.25f) == 6);
  CHECK(moved(-0.76f, 0.25f) == 4);
  CHECK(moved(3.0f, 0.25f) == 8);
  CHECK(moved(0.51f, 0.0f) == 6);
  CHECK(moved(0.49f, 0.0f) == 5);
  CHECK(moved(std::numeric_limits<float>::quiet_NaN(), 0.25f) == 0);
}

TEST_CASE("quantiser: a sticky position where little would be gained stays as a whole") {
  const auto model = test::parse_model(test::toy_tables());
  const Latent reference = quantised(std::vector<float>(16, 10.0f), *model);
  Latent q = reference;
  std::vector<float> y(16, 10.0f);
  y[1] = 12.0f;  // one latent, by one step: saves 1, costs 1.5 + 0.7
  quantise_sticky(scaled(y, *model), reference, 0.15f, q);
  CHECK(q == reference);
  y[1] = 14.0f;  // by two steps: saves 4
  quantise_sticky(scaled(y, *model), reference, 0.15f, q);
  CHECK(q.at(0, 0)[1] == 7);
  y[1] = 12.0f;
  quantise_sticky(scaled(y, *model), reference, 0.0f, q);
  CHECK(q.at(0, 0)[1] == 6);
}

TEST_CASE("quantiser: requantised integers are those of the new quality, and the same quality changes nothing") {
  const auto model = test::parse_model(test::toy_tables());
  std::vector<float> y(16), back(16);
  for (std::size_t i = 0; i < 16; ++i) y[i] = 37.0f * static_cast<float>(i) - 250.0f;
  const Latent coarse = quantised(y, *model);
  Latent same, fine;
  requantise(coarse, *model, 0, 0, same);
  const int top = model->qualities() - 1;
  requantise(coarse, *model, 0, top, fine);
  for (int k = 0; k < 16; ++k) {
    const auto channel = model->channel_of_rank()[static_cast<std::size_t>(k)];
    const auto ratio = [&](int to) {
      return double{model->inverse_gain(0)[channel]} * double{model->forward_gain(to)[channel]};
    };
    CHECK(same.at(0, 0)[k] == std::floor(coarse.at(0, 0)[k] * ratio(0) + 0.5));
    CHECK(std::fabs(fine.at(0, 0)[k] - coarse.at(0, 0)[k] * ratio(top)) <= 0.51);
  }
}
