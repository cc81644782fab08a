#include "cli/frame_file.h"

#include "support/test.h"

using namespace lc;

namespace {

Image pattern(PixelFormat format, int width, int height) {
  Image image = Image::make(format, width, height, {ColourMatrix::bt709, ColourRange::full});
  auto view = image.mutable_view();
  int value = 0;
  for (int plane = 0; plane < plane_count(format); ++plane)
    for (int y = 0; y < row_count(format, plane, height); ++y)
      for (int x = 0; x < row_bytes(format, plane, width); ++x)
        view.row(plane, y)[x] = static_cast<std::uint8_t>(value++);
  return image;
}

}  // namespace

TEST_CASE("frame file: every format and odd sizes come back as they were") {
  for (const PixelFormat format : {PixelFormat::rgb, PixelFormat::i420, PixelFormat::nv12, PixelFormat::gray8})
    for (const auto& [width, height] : {std::pair(1, 1), std::pair(7, 5), std::pair(16, 8)}) {
      const Image image = pattern(format, width, height);
      const auto back = cli::decode_frame(cli::encode_frame(image.view()));
      REQUIRE(back);
      CHECK(back->samples() == image.samples());
      CHECK(back->format() == format);
      CHECK(back->colour() == image.colour());
    }
}

TEST_CASE("frame file: every prefix and any changed header byte is refused or read, never a crash") {
  const Bytes good = cli::encode_frame(pattern(PixelFormat::i420, 6, 4).view());
  for (std::size_t i = 0; i < good.size(); ++i) CHECK_FALSE(cli::decode_frame(ByteSpan(good).first(i)));
  for (std::size_t i = 0; i < 30; ++i)
    for (const int value : {0, 32, 57, 45, 255}) {
      Bytes changed = good;
      changed[i] = static_cast<std::byte>(value);
      static_cast<void>(cli::decode_frame(changed));
    }
  Bytes longer = good;
  longer.push_back(std::byte{0});
  CHECK(cli::decode_frame(longer).error().code == Errc::corrupt);
  CHECK(cli::decode_frame(as_bytes("LCF1 I420 99999 4 bt601 limited\n")).error().code == Errc::unsupported);
  CHECK(cli::decode_frame(as_bytes("LCF1 RGB 4 4 bt601 limited x\n")).error().code == Errc::bad_format);
}

TEST_CASE("frame file: is complete under its name or not there") {
  test::TempDir folder;
  const Image image = pattern(PixelFormat::rgb, 5, 3);
  REQUIRE(cli::save_frame(folder / cli::frame_name(17), image.view()));
  CHECK(cli::load_frame(folder / "17.frame")->samples() == image.samples());
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  CHECK(cli::save_frame(folder / "none/1.frame", image.view()).error().code == Errc::unavailable);
  CHECK(cli::load_frame(folder / "18.frame").error().code == Errc::not_found);
}
