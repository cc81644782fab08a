#include "codec/quantiser.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lc::codec {
namespace {

// What a changed position and each changed latent in it must gain, in squared steps, for each unit of
// stickiness: about the bits that they cost, at the exchange rate of the quantiser. Fitted on a street clip
// and a webcam clip with lc5: 15 % fewer bits than holding alone, at equal PSNR.
constexpr float kPositionCost = 10.0f, kLatentCost = 4.7f;

std::int16_t nearest(float value) {
  // The comparison also turns NaN into 0.
  if (!(std::fabs(value) < static_cast<float>(kMaxLatentValue)))
    return static_cast<std::int16_t>(value > 0 ? kMaxLatentValue : value < 0 ? -kMaxLatentValue : 0);
  return static_cast<std::int16_t>(value + (value < 0 ? -0.5f : 0.5f));
}

void expect_shape(std::size_t values, const EntropyModel& model, const Latent& latent) {
  LC_EXPECT(latent.channels() == model.channels(), "latent and tables have the same channels");
  LC_EXPECT(values == latent.values().size(), "tensor and latent have the same shape");
}

}  // namespace

void scale(std::span<const float> y, const EntropyModel& model, int quality, std::span<float> out) {
  const auto gain = model.forward_gain(quality);
  const auto order = model.channel_of_rank();
  const auto channels = order.size();
  LC_EXPECT(y.size() == out.size() && y.size() % channels == 0, "both are [positions][channels]");
  float* to = out.data();
  for (const float* from = y.data(); from != y.data() + y.size(); from += channels, to += channels)
    for (std::size_t k = 0; k < channels; ++k) to[k] = from[order[k]] * gain[order[k]];
}

void quantise(std::span<const float> exact, Latent& out) {
  LC_EXPECT(exact.size() == out.values().size(), "values and latent have the same shape");
  std::int16_t* q = out.values().data();
  for (const float value : exact) *q++ = nearest(value);
}

void quantise_sticky(std::span<const float> exact, const Latent& reference, float stickiness, Latent& out) {
  LC_EXPECT(exact.size() == out.values().size() && out.same_shape(reference),
            "values, frame and reference have the same shape");
  const auto channels = static_cast<std::size_t>(out.channels());
  const float hold = 0.5f + stickiness;
  const float position_cost = kPositionCost * stickiness, latent_cost = kLatentCost * stickiness;
  std::int16_t* q = out.values().data();
  const std::int16_t* old = reference.values().data();
  for (const float* from = exact.data(); from != exact.data() + exact.size();
       from += channels, q += channels, old += channels) {
    float gained = 0;
    for (std::size_t k = 0; k < channels; ++k) {
      const float value = from[k];
      const float moved = std::fabs(value - static_cast<float>(old[k]));
      q[k] = moved <= hold ? old[k] : nearest(value);
      if (q[k] == old[k]) continue;
      const float left = value - static_cast<float>(q[k]);
      gained += moved * moved - left * left - latent_cost;
    }
    if (gained < position_cost) std::copy(old, old + channels, q);
  }
}

void requantise(const Latent& latent, const EntropyModel& model, int from, int to, Latent& out) {
  const auto inverse = model.inverse_gain(from), forward = model.forward_gain(to);
  const auto order = model.channel_of_rank();
  std::array<std::int64_t, kMaxChannels> ratio;  // in 1/65536; the product of two floats is exact in a double
  for (std::size_t k = 0; k < order.size(); ++k)
    ratio[k] = static_cast<std::int64_t>(
        std::min(65536.0 * (static_cast<double>(inverse[order[k]]) * static_cast<double>(forward[order[k]])) + 0.5,
                 2147483647.0));
  out.reset(latent.rows(), latent.columns(), latent.channels());
  const std::int16_t* q = latent.values().data();
  std::int16_t* to_q = out.values().data();
  for (std::size_t n = 0; n < latent.values().size(); n += order.size())
    for (std::size_t k = 0; k < order.size(); ++k)
      to_q[n + k] = static_cast<std::int16_t>(std::clamp<std::int64_t>((q[n + k] * ratio[k] + 32768) >> 16,
                                                                       -kMaxLatentValue, kMaxLatentValue));
}

void dequantise(const Latent& latent, const EntropyModel& model, int quality, std::span<float> y) {
  expect_shape(y.size(), model, latent);
  const auto gain = model.inverse_gain(quality);
  const auto order = model.channel_of_rank();
  const auto channels = order.size();
  const std::int16_t* q = latent.values().data();
  for (float* to = y.data(); to != y.data() + y.size(); to += channels, q += channels)
    for (std::size_t k = 0; k < channels; ++k) to[order[k]] = static_cast<float>(q[k]) * gain[order[k]];
}

}  // namespace lc::codec
