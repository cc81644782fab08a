#include "cli/chroma_420.h"

#include <cmath>

#include "support/test.h"
#include "tensor/convert.h"

using namespace lc;
using namespace lc::cli;

namespace {

Image painted(int width, int height, int (*colour)(int x, int y, int channel)) {
  Image out = Image::make(PixelFormat::rgb, width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        out.mutable_view().row(0, y)[3 * x + c] = static_cast<std::uint8_t>(colour(x, y, c));
  return out;
}

int farthest(const Image& a, const Image& b) {
  int out = 0;
  for (std::size_t i = 0; i < a.samples().size(); ++i)
    out = std::max(out, std::abs(int{a.samples()[i]} - int{b.samples()[i]}));
  return out;
}

}  // namespace

TEST_CASE("chroma 4:2:0: one colour stays, with odd sides too, and is where BT.601 puts it") {
  for (const int size : {16, 17, 1}) {
    const Image red = painted(size, size, [](int, int, int c) { return c == 0 ? 255 : 0; });
    const Image coded = to_420(red.view());
    CHECK(coded.width() == size + size % 2);
    CHECK(int{coded.view().row(0, 0)[0]} == 81);
    CHECK(int{coded.view().row(1, 0)[0]} == 90);
    CHECK(int{coded.view().row(2, 0)[0]} == 240);
    const Image again = from_420(coded.view(), size, size);
    CHECK(again.width() == size);
    CHECK(farthest(again, red) <= 2);
  }
}

TEST_CASE("chroma 4:2:0: smooth colours come back, and better than by straight lines") {
  const Image waves = painted(96, 64, [](int x, int y, int c) {
    return 128 + static_cast<int>(60 * std::sin(0.5 * x + 0.11 * y + 2.1 * c));
  });
  CHECK(farthest(from_420(to_420(waves.view()).view(), 96, 64), waves) <= 16);
  CHECK(farthest(to_rgb(convert(waves.view(), PixelFormat::i420).view()), waves) > 20);
}
