#include "codec/change_detector.h"

#include <algorithm>
#include <random>

#include "scene.h"
#include "support/test.h"

using namespace lc;
using namespace lc::codec;

namespace {

constexpr int kWidth = 200, kHeight = 120;  // 13 x 8 positions, the last ones cut off

// The scene with fresh Gaussian noise.
Image noisy(PixelFormat format, double sigma, std::uint32_t seed) {
  Image image = test::scene(0, kWidth, kHeight);
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;  // a sigma of 0 is not allowed
  const auto view = image.mutable_view();
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < 3 * kWidth; ++x)
      view.row(0, y)[x] =
          static_cast<std::uint8_t>(std::clamp(std::round(view.row(0, y)[x] + sigma * normal(random)), 0.0, 255.0));
  return format == PixelFormat::rgb ? std::move(image) : convert(image.view(), format);
}

void keep_all(ChangeDetector& detector, const ImageView& picture) {
  for (int row = 0; row < 8; ++row)
    for (int column = 0; column < 13; ++column) detector.keep(picture, row, column);
}

// Adds `by` to a square of luma (of the first plane) or of the last plane.
void paint(Image& image, bool is_chroma, int x, int y, int side, int by) {
  const auto view = image.mutable_view();
  const int plane = is_chroma ? plane_count(image.format()) - 1 : 0;
  const int bytes = image.format() == PixelFormat::rgb ? 3 : 1;
  for (int j = y; j < y + side; ++j)
    for (int i = x * bytes; i < (x + side) * bytes; ++i)
      view.row(plane, j)[i] = static_cast<std::uint8_t>(std::clamp(view.row(plane, j)[i] + by, 0, 255));
}

long marked(std::span<const std::uint8_t> changed) {
  return std::count(changed.begin(), changed.end(), std::uint8_t{1});
}

}  // namespace

TEST_CASE("change detector: sensor noise up to a sigma of 5 is no change, in any format") {
  for (const PixelFormat format : {PixelFormat::i420, PixelFormat::nv12, PixelFormat::rgb, PixelFormat::gray8})
    for (const double sigma : {0.0, 1.0, 2.0, 4.0, 5.0}) {
      CAPTURE(to_string(format));
      CAPTURE(sigma);
      ChangeDetector detector(format, kWidth, kHeight);
      keep_all(detector, noisy(format, sigma, 1).view());
      long all = 0;
      for (std::uint32_t frame = 2; frame < 12; ++frame)
        all += marked(detector.compare(noisy(format, sigma, frame).view()));
      CHECK(all == 0);
    }
}

TEST_CASE("change detector: what moves, brightens or takes another colour is found where it is, and nowhere else") {
  for (const PixelFormat format : {PixelFormat::i420, PixelFormat::nv12, PixelFormat::rgb, PixelFormat::gray8})
    for (const double sigma : {0.0, 2.0}) {
      CAPTURE(to_string(format));
      CAPTURE(sigma);
      ChangeDetector detector(format, kWidth, kHeight);
      keep_all(detector, noisy(format, sigma, 1).view());
      Image changed = noisy(format, sigma, 2);
      paint(changed, false, 66, 34, 10, 12);  // position (2, 4)
      auto marks = detector.compare(changed.view());
      CHECK(marked(marks) == 1);
      CHECK(marks[2 * 13 + 4]);
      // The last position is a part of one.
      paint(changed, false, 194, 114, 6, 30);
      marks = detector.compare(changed.view());
      CHECK(marked(marks) == 2);
      CHECK(marks[7 * 13 + 12]);
      if (format == PixelFormat::i420 || format == PixelFormat::nv12) {
        Image coloured = noisy(format, sigma, 3);
        paint(coloured, true, 8, 8, 8, 10);
        CHECK(marked(detector.compare(coloured.view())) == 1);
      }
    }
}

TEST_CASE("change detector: gray pictures are compared as fast as may be, and as colour pictures that are gray") {
  std::mt19937 random(9);
  for (const auto& [width, height] : {std::pair{200, 120}, {203, 61}, {16, 16}, {7, 9}, {40, 8}}) {
    ChangeDetector gray(PixelFormat::gray8, width, height), colour(PixelFormat::rgb, width, height);
    for (int round = 0; round < 12; ++round) {
      Image one = Image::make(PixelFormat::gray8, width, height), three = Image::make(PixelFormat::rgb, width, height);
      const unsigned spread = 2u + static_cast<unsigned>(round);
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
          const auto v = static_cast<std::uint8_t>(100 + random() % spread + (random() % 400 == 0 ? 90 : 0));
          one.mutable_view().row(0, y)[x] = v;
          std::fill_n(three.mutable_view().row(0, y) + 3 * x, 3, v);
        }
      const auto marks = gray.compare(one.view()), wanted = colour.compare(three.view());
      REQUIRE(marks.size() == wanted.size());
      CHECK(std::equal(marks.begin(), marks.end(), wanted.begin()));
      for (int row = 0; row < (height + 15) / 16; ++row)
        for (int column = 0; column < (width + 15) / 16; ++column) {
          gray.keep(one.view(), row, column);
          colour.keep(three.view(), row, column);
        }
    }
  }
}

TEST_CASE(
    "change detector: slow light is found once it has gone far enough, since what is kept stays what was computed") {
  ChangeDetector detector(PixelFormat::gray8, kWidth, kHeight);
  keep_all(detector, noisy(PixelFormat::gray8, 1, 1).view());
  long first = 0;
  for (int step = 1; step <= 12 && first == 0; ++step) {
    Image brighter = noisy(PixelFormat::gray8, 1, static_cast<std::uint32_t>(step + 1));
    paint(brighter, false, 0, 0, 112, step);
    if (marked(detector.compare(brighter.view())) > 0) first = step;
  }
  CHECK(first >= 2);
  CHECK(first <= 5);
}
