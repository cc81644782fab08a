#include "quality/noise.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>
#include <random>

namespace lc::quality {
namespace {

struct Kind {
  std::string_view name;
  NoiseKind kind;
  double usual, most;
};
constexpr std::array kKinds{
    Kind{"gaussian", NoiseKind::gaussian, 10, 255}, Kind{"salt-pepper", NoiseKind::salt_pepper, 0.02, 1},
    Kind{"speckle", NoiseKind::speckle, 0.1, 10}, Kind{"poisson", NoiseKind::poisson, 255, 1e6}};

// The standard's distributions differ from library to library; its generator does not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : generator_(seed) {}

  double uniform() { return static_cast<double>(generator_() >> 11) * 0x1p-53; }  // [0, 1)

  double normal() {  // Box and Muller 1958
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

  double poisson(double mean) {
    constexpr double kLarge = 40;  // above it, normal to 1 %
    if (mean > kLarge) return std::max(0.0, std::round(mean + std::sqrt(mean) * normal()));
    const double limit = std::exp(-mean);
    int count = 0;
    for (double product = uniform(); product > limit; product *= uniform()) ++count;  // Knuth
    return count;
  }

 private:
  std::mt19937_64 generator_;
};

double noisy(double sample, const Noise& noise, Dice& dice) {
  switch (noise.kind) {
    case NoiseKind::gaussian:
      return sample + noise.amount * dice.normal();
    case NoiseKind::speckle:
      return sample * (1 + noise.amount * dice.normal());
    case NoiseKind::poisson:
      return dice.poisson(sample / 255 * noise.amount) * 255 / noise.amount;
    case NoiseKind::salt_pepper:
      break;
  }
  throw ContractViolation("noise of samples");
}

}  // namespace

Result<Noise> parse_noise(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) { return k.name == name; });
  if (kind == kKinds.end())
    return fail(Errc::invalid_config,
                "noise '{}': known are gaussian:SIGMA, salt-pepper:SHARE, speckle:SIGMA, poisson:PHOTONS", text);
  Noise out{kind->kind, kind->usual};
  if (colon == std::string_view::npos) return out;
  const auto number = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out.amount);
  if (error != std::errc{} || end != number.data() + number.size() ||
      !(out.amount > 0 && out.amount <= kind->most))
    return fail(Errc::invalid_config, "noise '{}': after {}: a number above 0, up to {}, is expected", text, name,
                kind->most);
  return out;
}

Image add_noise(const ImageView& picture, const Noise& noise, std::uint64_t seed) {
  LC_EXPECT(picture.format == PixelFormat::rgb || picture.format == PixelFormat::gray8,
            "noise is added to rgb or gray8");
  Image out = copy(picture);
  const auto view = out.mutable_view();
  const int samples = row_bytes(picture.format, 0, 1);
  Dice dice(seed);
  for (int y = 0; y < view.height; ++y) {
    std::uint8_t* row = view.row(0, y);
    if (noise.kind == NoiseKind::salt_pepper) {
      for (int x = 0; x < view.width; ++x)
        if (dice.uniform() < noise.amount)
          std::fill_n(row + x * samples, samples, dice.uniform() < 0.5 ? std::uint8_t{0} : std::uint8_t{255});
      continue;
    }
    for (int x = 0; x < view.width * samples; ++x)
      row[x] = static_cast<std::uint8_t>(std::clamp(std::round(noisy(row[x], noise, dice)), 0.0, 255.0));
  }
  return out;
}

}  // namespace lc::quality
