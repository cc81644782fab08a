#include "tensor/image.h"

#include "support/test.h"

using namespace lc;

TEST_CASE("image: planes of odd sizes lie one after the other") {
  Image image = Image::make(PixelFormat::i420, 5, 3);
  const ImageView view = image.view();
  CHECK(image.samples().size() == 15 + 2 * 6);
  CHECK(view.strides == std::array<int, 3>{5, 3, 3});
  CHECK(view.planes[1] - view.planes[0] == 15);
  CHECK(view.planes[2] - view.planes[1] == 6);
  const Image nv12 = Image::make(PixelFormat::nv12, 5, 3);
  CHECK(nv12.samples().size() == 15 + 2 * 6);
  CHECK(nv12.view().strides[1] == 6);
}

TEST_CASE("image: a view that does not fit its format is a contract violation") {
  Image image = Image::make(PixelFormat::i420, 4, 4);
  ImageView view = image.view();
  CHECK_NOTHROW(expect_valid(view));
  view.planes[2] = nullptr;
  CHECK_THROWS_AS(expect_valid(view), ContractViolation);
  view = image.view();
  view.strides[1] = 1;
  CHECK_THROWS_AS(expect_valid(view), ContractViolation);
  CHECK_THROWS_AS(Image::make(PixelFormat::rgb, 0, 4), ContractViolation);
  CHECK_THROWS_AS(Image::make(PixelFormat::rgb, 4, Image::kMaxSide + 1), ContractViolation);
}

TEST_CASE("image: a copy of a strided view is tight and equal") {
  std::vector<std::uint8_t> memory(10 * 4);
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<std::uint8_t>(i);
  const ImageView view{PixelFormat::gray8, 3, 4, {}, {memory.data()}, {10}};
  const Image tight = copy(view);
  CHECK(tight.samples() == std::vector<std::uint8_t>{0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32});
}
