#include "tensor/draw.h"

#include <algorithm>

#include "support/test.h"
#include "tensor/convert.h"

using namespace lc;

namespace {

constexpr PixelFormat kFormats[] = {PixelFormat::rgb, PixelFormat::i420, PixelFormat::nv12, PixelFormat::gray8};

// In RGB.
std::array<int, 3> pixel(const Image& image, int x, int y) {
  const Image rgb = to_rgb(image.view());
  const std::uint8_t* at = rgb.view().row(0, y) + 3 * x;
  return {at[0], at[1], at[2]};
}

auto white(const Image& image) { return std::count(image.samples().begin(), image.samples().end(), 255); }

}  // namespace

TEST_CASE("draw: a colour is the same one in every format, gray pictures get its luma") {
  for (const PixelFormat format : kFormats)
    for (const ColourSpec spec :
         {ColourSpec{ColourMatrix::bt601, ColourRange::limited}, {ColourMatrix::bt709, ColourRange::full}}) {
      CAPTURE(to_string(format));
      Image image = Image::make(format, 16, 12, spec);
      fill(image.mutable_view(), {0, 0, 16, 12}, {0, 0, 0});
      fill(image.mutable_view(), {4, 2, 8, 6}, {220, 120, 40});
      const auto inside = pixel(image, 8, 4), outside = pixel(image, 1, 10);
      if (format == PixelFormat::gray8) {
        CHECK(inside[0] == doctest::Approx(0.299 * 220 + 0.587 * 120 + 0.114 * 40).epsilon(0.1));
      } else {
        CHECK(std::abs(inside[0] - 220) < 4);
        CHECK(std::abs(inside[1] - 120) < 4);
        CHECK(std::abs(inside[2] - 40) < 4);
      }
      for (const int value : outside) CHECK(value < 4);
    }
}

TEST_CASE("draw: what lies outside is left out, in pictures of odd sides too") {
  for (const PixelFormat format : kFormats)
    for (const auto& area : {Rectangle{-5, -5, 100, 100}, {-9, 3, 4, 4}, {7, 4, 0, 9}, {6, 4, 1, 1}, {9, 9, 9, 9}}) {
      Image image = Image::make(format, 7, 5);
      fill(image.mutable_view(), area, {});
      outline(image.mutable_view(), area, 2, {});
      draw_text(image.mutable_view(), area.x, area.y, 3, "?", {});
    }
  Image image = Image::make(PixelFormat::gray8, 7, 5);
  fill(image.mutable_view(), {-5, -5, 100, 100}, {});
  CHECK(white(image) == 35);
}

TEST_CASE("draw: a grid is as opaque as its values, and neighbours share out every sample") {
  for (const PixelFormat format : kFormats) {
    CAPTURE(to_string(format));
    Image once = Image::make(format, 15, 11), cells = Image::make(format, 15, 11);
    const std::uint8_t all[] = {255, 255, 255, 255, 255, 255};
    tint(once.mutable_view(), {1, 1, 13, 9}, std::span(all).first(1), 1, 1, {200, 100, 50}, 128);
    tint(cells.mutable_view(), {1, 1, 13, 9}, all, 2, 3, {200, 100, 50}, 128);
    CHECK(once.samples() == cells.samples());  // no sample twice, none left out
  }
  Image gray = Image::make(PixelFormat::gray8, 2, 1);
  const std::uint8_t values[] = {0, 255};
  tint(gray.mutable_view(), {0, 0, 2, 1}, values, 1, 2, {}, kOpaque);
  CHECK(gray.samples() == std::vector<std::uint8_t>{0, 255});
}

TEST_CASE("draw: words are drawn inside the picture only") {
  Image image = Image::make(PixelFormat::rgb, 20, 10);
  draw_text(image.mutable_view(), -3, -2, 2, "Psnr 31.2 dB \xff ~");
  draw_text(image.mutable_view(), 18, 9, 3, "X");
  CHECK(white(image) > 20);
  Image blank = Image::make(PixelFormat::rgb, 20, 10);
  draw_text(blank.mutable_view(), 0, 0, 1, "   ");
  CHECK(white(blank) == 0);
}

TEST_CASE("draw: a glyph for each code point, a question mark for those that have none") {
  CHECK(glyph_count("cat") == 3);
  CHECK(glyph_count("Kätzchen 猫") == 10);
  Image one = Image::make(PixelFormat::gray8, 6, 8), other = Image::make(PixelFormat::gray8, 6, 8);
  draw_text(one.mutable_view(), 0, 0, 1, "ä");
  draw_text(other.mutable_view(), 0, 0, 1, "?");
  CHECK(one.samples() == other.samples());
  CHECK(white(one) > 5);
}
