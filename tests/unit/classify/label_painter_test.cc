#include "classify/label_painter.h"

#include <algorithm>

#include "support/test.h"
#include "tensor/convert.h"

using namespace lc;
using namespace lc::classify;

namespace {

Labels cat() {
  return {.model = "toy",
          .best = {{.index = 0, .name = "cat", .confidence = 0.93f}},
          .is_confident = true,
          .width = 320,
          .height = 240};
}

Image painted(const Labels& labels, std::optional<std::uint64_t> age = {}, PixelFormat format = PixelFormat::rgb,
              int width = 320, int height = 240, bool shows_evidence = true) {
  Image image = Image::make(format, width, height);
  std::fill_n(image.mutable_view().planes[0], image.samples().size(), std::uint8_t{100});
  LabelPainter painter;
  painter.paint(image.mutable_view(), labels, age, shows_evidence);
  return image;
}

// Pixels of this colour, in an RGB picture.
int pixels_of(const Image& image, int r, int g, int b) {
  int count = 0;
  for (std::size_t i = 0; i + 2 < image.samples().size(); i += 3)
    count += image.samples()[i] == r && image.samples()[i + 1] == g && image.samples()[i + 2] == b;
  return count;
}
int white(const Image& image) { return pixels_of(image, 255, 255, 255); }
int gray(const Image& image) { return pixels_of(image, 190, 190, 190); }
int amber(const Image& image) { return pixels_of(image, 255, 180, 40); }

std::vector<std::uint8_t> row(const Image& image, int y) {
  const std::uint8_t* first = image.view().row(0, y);
  return {first, first + row_bytes(image.format(), 0, image.width())};
}

}  // namespace

TEST_CASE("label painter: a confident label is white, none is gray, and a stale one is amber and longer") {
  const Image fresh = painted(cat());
  CHECK(white(fresh) > 100);
  CHECK(amber(fresh) + gray(fresh) == 0);
  Labels unsure = cat();
  unsure.is_confident = false;
  CHECK(gray(painted(unsure)) > 100);
  CHECK(white(painted(unsure)) == 0);
  const Image stale = painted(cat(), 2'400'000'000);
  CHECK(white(stale) == 0);
  CHECK(amber(stale) > white(fresh));
  CHECK(painted(cat(), 9'900'000'000).samples() != stale.samples());  // it tells how old
}

TEST_CASE("label painter: nothing but the last line of the picture is touched by words") {
  const Image image = painted(cat());
  const std::vector<std::uint8_t> untouched(960, 100);
  for (int y = 0; y < 240 - 20; ++y) REQUIRE(row(image, y) == untouched);
  CHECK(row(image, 235) != untouched);
}

TEST_CASE("label painter: names that find no room are cut, in the middle of no character") {
  Labels labels = cat();
  labels.best[0].name = "the quick brown fox jumps over the lazy dog and the next one and the next one";
  const Image cut = painted(labels);
  labels.best[0].name += " and more";
  CHECK(cut.samples() == painted(labels).samples());
  labels.best[0].name.clear();
  for (int i = 0; i < 100; ++i) labels.best[0].name += "猫";
  const Image cats = painted(labels);
  labels.best[0].name.clear();
  for (int i = 0; i < 100; ++i) labels.best[0].name += "?";
  CHECK(cats.samples() == painted(labels).samples());
}

TEST_CASE("label painter: evidence is a red veil where it is, in pictures of any size, and only while it is fresh") {
  Labels labels = cat();
  labels.evidence = {.rows = 2, .columns = 2, .values = {255, 0, 0, 0}, .area = {0, 0, 320, 240}};
  for (const int scale : {1, 2}) {
    const Image image = painted(labels, {}, PixelFormat::rgb, 320 * scale, 240 * scale);
    const auto pixel = [&](int x, int y) { return image.view().row(0, y * scale) + 3 * x * scale; };
    CHECK(pixel(10, 10)[0] > 150);
    CHECK(pixel(10, 10)[2] < 60);
    CHECK(pixel(159, 119)[0] > 150);
    for (const auto& [x, y] : {std::pair{161, 10}, {10, 121}, {300, 200}}) CHECK(pixel(x, y)[0] == 100);
  }
  CHECK(painted(labels, {}, PixelFormat::rgb, 320, 240, false).samples() == painted(cat()).samples());
  CHECK(painted(labels, 5'000'000'000).samples() == painted(cat(), 5'000'000'000).samples());
}

TEST_CASE("label painter: a part that was looked at has a frame") {
  Labels labels = cat();
  labels.region = {160, 0, 160, 120};
  const Image image = painted(labels);
  const std::uint8_t* inside = image.view().row(0, 60);
  CHECK(inside[3 * 160] == 255);
  CHECK(inside[3 * 319] == 255);
  CHECK(inside[3 * 159] == 100);
  CHECK(inside[3 * 240] == 100);
}

TEST_CASE("label painter: every format, tiny and large pictures, evidence that lies outside") {
  Labels labels = cat();
  labels.region = {-5, 7, 4000, 1};
  labels.evidence = {.rows = 1, .columns = 3, .values = {1, 2, 3}, .area = {300, 200, 100, 100}};
  for (const PixelFormat format : {PixelFormat::rgb, PixelFormat::i420, PixelFormat::nv12, PixelFormat::gray8})
    for (const auto& size : {std::pair{1, 1}, {3, 5}, {17, 31}, {1920, 1080}}) {
      const Image image = painted(labels, {}, format, size.first, size.second);
      CHECK(image.width() == size.first);
    }
}
