#include <algorithm>

#include "quality/psnr.h"

#include "support.h"
#include "tensor/convert.h"

using namespace lc;
using namespace lc::quality;

TEST_CASE("psnr: a constant difference gives 20 log10(255 / difference)") {
  const Image a = test::flat_image(PixelFormat::rgb, 9, 5, 100),
              b = test::flat_image(PixelFormat::rgb, 9, 5, 105);
  CHECK(psnr_rgb(a.view(), b.view()) == doctest::Approx(20 * std::log10(51.0)).epsilon(1e-12));
  CHECK(psnr_rgb(a.view(), a.view()) == kIdenticalDb);
  const Image black = test::flat_image(PixelFormat::rgb, 9, 5, 0),
              white = test::flat_image(PixelFormat::rgb, 9, 5, 255);
  CHECK(psnr_rgb(black.view(), white.view()) == doctest::Approx(0));
}

TEST_CASE("psnr: one wrong sample in a picture counts over all samples") {
  const Image a = test::flat_image(PixelFormat::rgb, 10, 10, 50);
  Image b = a;
  b.mutable_view().row(0, 3)[7] = 80;
  CHECK(psnr_rgb(a.view(), b.view()) == doctest::Approx(10 * std::log10(65025.0 * 300 / 900)));
}

TEST_CASE("psnr: the widest picture of the largest difference does not overflow") {
  const Image a = test::flat_image(PixelFormat::rgb, Image::kMaxSide, 1, 0),
              b = test::flat_image(PixelFormat::rgb, Image::kMaxSide, 1, 255);
  CHECK(plane_mse(a.view(), b.view(), 0) == 65025);
}

TEST_CASE("psnr 6:1:1: luma counts six eighths") {
  const Image a = test::flat_image(PixelFormat::rgb, 4, 4, 100),
              b = test::flat_image(PixelFormat::rgb, 4, 4, 103);
  const double luma = 20 * std::log10(255 / 3.0);
  CHECK(psnr_611(a.view(), b.view()) == doctest::Approx((6 * luma + 2 * kIdenticalDb) / 8));

  const auto planes = [](PixelFormat format, int dy, int du, int dv) {
    Image image = test::flat_image(format, 6, 4, 90);
    const MutableImageView view = image.mutable_view();
    std::fill_n(view.row(0, 0), 24, static_cast<std::uint8_t>(90 + dy));
    for (int i = 0; i < 6; ++i) {
      std::uint8_t* u = format == PixelFormat::i420 ? view.planes[1] + i : view.planes[1] + 2 * i;
      std::uint8_t* v = format == PixelFormat::i420 ? view.planes[2] + i : view.planes[1] + 2 * i + 1;
      *u = static_cast<std::uint8_t>(90 + du);
      *v = static_cast<std::uint8_t>(90 + dv);
    }
    return image;
  };
  for (const PixelFormat format : {PixelFormat::i420, PixelFormat::nv12}) {
    const double expected =
        (6 * 20 * std::log10(255 / 2.0) + 20 * std::log10(255 / 5.0) + 20 * std::log10(255 / 10.0)) / 8;
    CHECK(psnr_611(planes(format, 0, 0, 0).view(), planes(format, 2, 5, 10).view()) ==
          doctest::Approx(expected));
  }
}

TEST_CASE("psnr: formats are compared in RGB, sizes must agree") {
  const Image rgb = test::waves(PixelFormat::rgb, 32, 16);
  const Image i420 = convert(rgb.view(), PixelFormat::i420);
  CHECK(psnr_rgb(rgb.view(), i420.view()) > 25);
  CHECK(psnr_rgb(rgb.view(), i420.view()) == psnr_rgb(rgb.view(), to_rgb(i420.view()).view()));
  CHECK_THROWS_AS(psnr_rgb(rgb.view(), test::flat_image(PixelFormat::rgb, 32, 15, 0).view()),
                  ContractViolation);
}
