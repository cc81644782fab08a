#include "tensor/ppm.h"

#include "support/test.h"
#include "tensor/convert.h"

using namespace lc;

TEST_CASE("ppm: gray and colour pictures come back as they were") {
  for (const PixelFormat format : {PixelFormat::rgb, PixelFormat::gray8}) {
    Image image = Image::make(format, 7, 5);
    for (std::size_t i = 0; i < image.samples().size(); ++i)
      image.mutable_view().planes[0][i] = static_cast<std::uint8_t>(37 * i);
    test::TempDir dir;
    REQUIRE(save_ppm(dir / "a", image.view()));
    const auto back = load_ppm(dir / "a");
    REQUIRE(back);
    CHECK(back->format() == format);
    CHECK(back->samples() == image.samples());
  }
}

TEST_CASE("ppm: comments and odd blanks in the header are read") {
  const auto image = decode_ppm(as_bytes("P5 # one\n#two\n2\t1\r\n255 ab"));
  REQUIRE(image);
  CHECK(image->samples() == std::vector<std::uint8_t>{'a', 'b'});
}

TEST_CASE("ppm: every prefix is truncated, and wrong headers are named") {
  const std::string_view whole = "P6\n2 2\n255\n0123456789ab";
  REQUIRE(decode_ppm(as_bytes(whole)));
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK(decode_ppm(as_bytes(whole.substr(0, n))).error().code == Errc::truncated);
  CHECK(decode_ppm(as_bytes("P3\n1 1\n255\n")).error().code == Errc::bad_format);
  CHECK(decode_ppm(as_bytes("P5\n0 1\n255\n")).error().code == Errc::bad_format);
  CHECK(decode_ppm(as_bytes("P5\n1x1\n255\n")).error().code == Errc::bad_format);
  CHECK(decode_ppm(as_bytes("P5\n1 1\n65535\n12")).error().code == Errc::unsupported);
  CHECK(decode_ppm(as_bytes("P5\n99999999999 1\n255\n")).error().code == Errc::unsupported);
  CHECK(decode_ppm(as_bytes("P6\n32768 32768\n255\n")).error().code == Errc::truncated);
}
