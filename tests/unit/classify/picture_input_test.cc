#include "classify/picture_input.h"

#include <cmath>

#include "support/test.h"
#include "tensor/convert.h"

using namespace lc;
using namespace lc::classify;

namespace {

Result<InputSpec> read(const std::string& yaml) {
  const auto node = config::Node::parse(yaml, "manifest.yaml");
  REQUIRE(node);
  return InputSpec::read(*node);
}

std::string sentence(const std::string& yaml) {
  const auto spec = read(yaml);
  return spec ? "fine" : spec.error().text;
}

// A smooth picture, so that the formats agree closely.
Image gradient(int width, int height) {
  Image image = Image::make(PixelFormat::rgb, width, height);
  const auto view = image.mutable_view();
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      std::uint8_t* pixel = view.row(0, y) + 3 * x;
      pixel[0] = static_cast<std::uint8_t>(60 + 120 * x / width);
      pixel[1] = static_cast<std::uint8_t>(80 + 100 * y / height);
      pixel[2] = static_cast<std::uint8_t>(200 - 100 * x / width);
    }
  return image;
}

std::vector<float> filled(const InputSpec& spec, const ImageView& picture) {
  std::vector<float> out(static_cast<std::size_t>(spec.width * spec.height * spec.channel_count()));
  PictureInput(spec).fill(picture, out);
  return out;
}

float largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  float largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

}  // namespace

TEST_CASE("picture input: a manifest with everything") {
  const auto spec = read(
      "{source: pixels, width: 224, height: 192, channels: bgr, resize: crop, short_side: 256, "
      "mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6]}");
  REQUIRE(spec);
  CHECK(spec->width == 224);
  CHECK(spec->height == 192);
  CHECK(spec->channels == Channels::bgr);
  CHECK(spec->resize == Resize::crop);
  CHECK(spec->short_side == 256);
  CHECK(spec->mean[2] == doctest::Approx(0.3));
  CHECK(spec->std[0] == doctest::Approx(0.4));
}

TEST_CASE("picture input: what is wrong in a manifest has its place") {
  CHECK(sentence("{height: 4}").find("width") != std::string::npos);
  CHECK(sentence("{width: 0, height: 4}").find("manifest.yaml:1:9: width: expected an integer in 1..4096") == 0);
  CHECK(sentence("{width: 4, height: 4, channels: rbg}").find("did you mean 'rgb'?") != std::string::npos);
  CHECK(sentence("{width: 4, height: 4, mean: [0]}").find("expected 3 numbers") != std::string::npos);
  CHECK(sentence("{width: 4, height: 4, channels: gray, std: [0]}") != "fine");
  CHECK(sentence("{width: 4, height: 4, source: sounds}").find("expected 'pixels' or 'latents', found 'sounds'") != std::string::npos);
  CHECK(sentence("{width: 4, height: 4, short_side: 8}").find("resize: crop") != std::string::npos);
  CHECK(sentence("{width: 4, height: 4, widht: 4}").find("did you mean 'width'?") != std::string::npos);
}

TEST_CASE("picture input: one picture in all formats gives nearly one tensor") {
  const Image rgb = gradient(64, 48);
  const InputSpec spec{.width = 8, .height = 8};
  const auto expected = filled(spec, rgb.view());
  for (const auto format : {PixelFormat::i420, PixelFormat::nv12})
    for (const auto matrix : {ColourMatrix::bt601, ColourMatrix::bt709})
      for (const auto range : {ColourRange::full, ColourRange::limited}) {
        CAPTURE(to_string(format));
        const Image image = convert(rgb.view(), format, {matrix, range});
        CHECK(largest_difference(filled(spec, image.view()), expected) < 0.012f);
      }
}

TEST_CASE("picture input: gray inputs take luma from every format, and rgb inputs take gray pictures") {
  const Image rgb = gradient(64, 48);
  const InputSpec gray{.width = 8, .height = 8, .channels = Channels::gray};
  const Image luma = convert(rgb.view(), PixelFormat::gray8);
  const auto expected = filled(gray, luma.view());
  CHECK(expected.size() == 64);
  CHECK(largest_difference(filled(gray, rgb.view()), expected) < 0.01f);
  CHECK(largest_difference(filled(gray, convert(rgb.view(), PixelFormat::i420).view()), expected) < 0.01f);
  const auto three = filled({.width = 8, .height = 8}, luma.view());
  for (std::size_t i = 0; i < 64; ++i) {
    CHECK(three[3 * i] == expected[i]);
    CHECK(three[3 * i + 2] == expected[i]);
  }
}

TEST_CASE("picture input: mean and deviation in the order of the channels") {
  Image image = Image::make(PixelFormat::rgb, 2, 2);
  for (int i = 0; i < 4; ++i) {
    std::uint8_t* pixel = image.mutable_view().row(0, i / 2) + 3 * (i % 2);
    pixel[0] = 255, pixel[1] = 0, pixel[2] = 51;
  }
  const InputSpec spec{.width = 1, .height = 1, .channels = Channels::bgr, .mean = {0.1f, 0, 0}, .std = {0.5f, 1, 2}};
  const auto out = filled(spec, image.view());
  CHECK(out[0] == doctest::Approx((0.2 - 0.1) / 0.5));  // blue first
  CHECK(out[1] == doctest::Approx(0));
  CHECK(out[2] == doctest::Approx(0.5));
}

TEST_CASE("picture input: crop takes the middle in the input's proportions") {
  // Left and right thirds are white, the middle square is black.
  Image image = Image::make(PixelFormat::gray8, 48, 16);
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 48; ++x) image.mutable_view().row(0, y)[x] = x < 16 || x >= 32 ? 255 : 0;
  InputSpec spec{.width = 4, .height = 4, .channels = Channels::gray, .resize = Resize::crop, .short_side = 4};
  auto out = filled(spec, image.view());
  for (const int x : {1, 2}) CHECK(out[static_cast<std::size_t>(x)] == 0);
  spec.short_side = 8;  // half as much of the picture
  out = filled(spec, image.view());
  for (const float value : out) CHECK(value == 0);
  spec.resize = Resize::stretch;
  CHECK(filled(spec, image.view())[0] > 0.9f);
}

TEST_CASE("picture input: 1x1, odd and very large pictures") {
  const InputSpec spec{.width = 8, .height = 8, .resize = Resize::crop, .short_side = 8};
  for (const auto format : {PixelFormat::rgb, PixelFormat::i420, PixelFormat::nv12, PixelFormat::gray8})
    for (const auto& size : {std::pair{1, 1}, {3, 1}, {1, 200}, {17, 31}, {4096, 2160}}) {
      const int width = size.first, height = size.second;
      CAPTURE(width);
      CAPTURE(height);
      const Image image = Image::make(format, width, height, {ColourMatrix::bt601, ColourRange::full});
      for (const float value : filled(spec, image.view())) CHECK(std::isfinite(value));
    }
}
