#include "quality/noise.h"

#include <algorithm>
#include <cmath>

#include "quality/psnr.h"
#include "support/test.h"

using namespace lc;
using namespace lc::quality;

namespace {

constexpr int kWidth = 512, kHeight = 384;

Image flat(PixelFormat format, std::uint8_t value) {
  Image image = Image::make(format, kWidth, kHeight);
  for (int y = 0; y < kHeight; ++y) std::fill_n(image.mutable_view().row(0, y), row_bytes(format, 0, kWidth), value);
  return image;
}

double mse(const Image& a, const Image& b) { return plane_mse(a.view(), b.view(), 0); }

Noise parsed(std::string_view text) {
  const auto noise = parse_noise(text);
  REQUIRE(noise);
  return *noise;
}

}  // namespace

TEST_CASE("noise: its power is what was asked for") {
  const Image gray = flat(PixelFormat::rgb, 128);
  const struct {
    const char* text;
    double mse;
  } cases[] = {{"gaussian:10", 100},                       // sigma^2
               {"speckle:0.1", 12.8 * 12.8},               // (sigma * value)^2
               {"poisson:255", 128},                       // the value itself
               {"poisson:51", 128 * 5},                    // with a fifth of the light
               {"salt-pepper:0.05", 0.05 * 128 * 127.5}};  // to 0 or 255
  for (const auto& one : cases) {
    CAPTURE(one.text);
    CHECK(mse(gray, add_noise(gray.view(), parsed(one.text), 1)) == doctest::Approx(one.mse).epsilon(0.04));
  }
}

TEST_CASE("noise: one seed gives one picture, another another; gray and black are taken") {
  const Image gray = flat(PixelFormat::gray8, 60);
  const auto noise = parsed("gaussian");
  CHECK(add_noise(gray.view(), noise, 1).samples() == add_noise(gray.view(), noise, 1).samples());
  CHECK(add_noise(gray.view(), noise, 1).samples() != add_noise(gray.view(), noise, 2).samples());
  const Image black = flat(PixelFormat::gray8, 0);
  CHECK(mse(black, add_noise(black.view(), parsed("poisson"), 1)) == 0);
  CHECK(mse(black, add_noise(black.view(), {NoiseKind::salt_pepper, 0}, 1)) == 0);
}

TEST_CASE("noise: salt and pepper strikes whole pixels") {
  const Image gray = flat(PixelFormat::rgb, 100), struck = add_noise(gray.view(), parsed("salt-pepper:0.5"), 3);
  for (int x = 0; x < kWidth; ++x) {
    const std::uint8_t* pixel = struck.view().row(0, 5) + 3 * x;
    CHECK((pixel[0] == pixel[1] && pixel[1] == pixel[2]));
    CHECK((pixel[0] == 0 || pixel[0] == 100 || pixel[0] == 255));
  }
}

TEST_CASE("noise: what is not noise is refused with what is") {
  for (const char* text : {"", "gauss", "gaussian:", "gaussian:x", "gaussian:1x", "gaussian:-1", "gaussian:nan",
                           "poisson:0", "salt-pepper:1.5", "speckle:1e9"}) {
    CAPTURE(text);
    const auto noise = parse_noise(text);
    REQUIRE_FALSE(noise);
    CHECK(noise.error().code == Errc::invalid_config);
  }
  CHECK(parse_noise("gauss").error().text.find("salt-pepper:SHARE") != std::string::npos);
}
