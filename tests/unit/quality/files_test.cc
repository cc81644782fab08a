// PNG, JPEG, WebP: there and back, damaged files, odd kinds.
#include <string>

#include "base/file.h"
#include "quality/jpeg.h"
#include "quality/png.h"
#include "quality/psnr.h"
#include "quality/webp.h"
#include "support.h"
#include "tensor/ppm.h"

using namespace lc;
using namespace lc::quality;

namespace {

using Samples = std::vector<std::uint8_t>;

Image png(std::string_view hex) {
  auto image = decode_png(from_hex(hex).value());
  REQUIRE(image);
  return *image;
}

constexpr std::string_view kGray16 =
    "89504e470d0a1a0a0000000d494844520000000200000001100000000081d9fc150000000d4944415478da63e04afec50800034b"
    "01697a7b590400"
    "00000049454e44ae426082";
constexpr std::string_view kGray1 =
    "89504e470d0a1a0a0000000d4948445200000003000000010100000000339b29190000000a4944415478da6358000000a200a171"
    "05cb4100000000"
    "49454e44ae426082";
constexpr std::string_view kPalette =
    "89504e470d0a1a0a0000000d4948445200000002000000010403000000060c62b900000006504c5445010203c8643250b4ae3f00"
    "00000a49444154"
    "78da631000000012001108debdc30000000049454e44ae426082";
constexpr std::string_view kRgba =
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63e0e4606f000000cf"
    "009933b0771b00"
    "00000049454e44ae426082";
constexpr std::string_view kGrayAlpha =
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da63f0650000009d004e"
    "475f1f29000000"
    "0049454e44ae426082";
constexpr std::string_view kGamma =
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000467414d41000186a031e8965f000000"
    "0c4944415478da"
    "634899760200032401c31ea8b70f0000000049454e44ae426082";
constexpr std::string_view kInterlaced =
    "89504e470d0a1a0a0000000d49484452000000020000000208020000018ad3aae5000000174944415478da636064626660616563"
    "60e7e0e4e2e601"
    "000196004f280bd2370000000049454e44ae426082";

}  // namespace

TEST_CASE("png: pictures come back as they were") {
  for (const PixelFormat format : {PixelFormat::rgb, PixelFormat::gray8})
    for (const auto& [width, height] : {std::pair{1, 1}, {33, 7}}) {
      const Image image = test::random_image(format, width, height, 5);
      test::TempDir dir;
      REQUIRE(save_png(dir / "a.png", image.view()));
      const auto back = load_png(dir / "a.png");
      REQUIRE(back);
      CHECK(back->format() == format);
      CHECK(back->samples() == image.samples());
    }
}

TEST_CASE("png: other kinds become gray or RGB, transparent pixels over light grey") {
  CHECK(png(kGray16).samples() == Samples{10, 250});
  CHECK(png(kGray1).samples() == Samples{255, 0, 255});
  CHECK(png(kPalette).samples() == Samples{200, 100, 50, 1, 2, 3});
  CHECK(png(kRgba).samples() == Samples{104, 104, 103});  // half of 9, 8, 7 and half of 200
  CHECK(png(kGrayAlpha).samples() == Samples{200, 200, 200});  // wholly transparent
  CHECK(png(kGamma).samples() == Samples{100, 150, 200});
  CHECK(png(kInterlaced).samples() == Samples{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
}

TEST_CASE("png: every prefix is refused, and every flipped bit is refused or read without a crash") {
  const Bytes whole = encode_png(test::waves(PixelFormat::rgb, 20, 9).view()).value();
  for (std::size_t n = 0; n < whole.size(); ++n) CHECK_FALSE(decode_png(ByteSpan(whole).first(n)));
  CHECK(decode_png(ByteSpan(whole).first(whole.size() / 2)).error().code == Errc::truncated);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] ^= std::byte{1} << (bit % 8);
    (void)decode_png(damaged);
  }
  CHECK(decode_png(as_bytes("GIF89a..")).error().code == Errc::bad_format);
}

TEST_CASE("png: a header that claims a giant is refused before memory is taken for it") {
  // 32768 x 32768 RGB: a good header, and no more than a few bytes of samples.
  const Bytes file = from_hex("89504e470d0a1a0a0000000d49484452000080000000800008020000004b1e3428"
                              "0000000d4944415478da63e04afec50800034b01697a7b590400000049454e44ae426082")
                         .value();
  const auto refused = decode_png(file);
  CHECK(refused.error().code == Errc::truncated);
  CHECK(refused.error().text == "PNG: too few bytes for a picture of this size");
  const Image flat = test::flat_image(PixelFormat::gray8, 4000, 3000, 7);  // deflates as well as anything
  CHECK(decode_png(encode_png(flat.view()).value())->samples() == flat.samples());
}

TEST_CASE("jpeg: comes back alike, better with more quality, 4:2:0 and optimised") {
  const Image image = test::waves(PixelFormat::rgb, 97, 61);
  std::size_t size = 0;
  double db = 0;
  for (const int quality : {20, 60, 95}) {
    const Bytes file = encode_jpeg(image.view(), quality).value();
    const auto back = decode_jpeg(file);
    REQUIRE(back);
    CHECK(file.size() > size);
    CHECK(psnr_rgb(image.view(), back->view()) > db);
    size = file.size();
    db = psnr_rgb(image.view(), back->view());
  }
  CHECK(db > 40);
  const Image gray = test::waves(PixelFormat::gray8, 30, 30);
  CHECK(decode_jpeg(encode_jpeg(gray.view(), 90).value())->format() == PixelFormat::gray8);
}

TEST_CASE("jpeg: every prefix is refused, and every flipped bit is refused or read without a crash") {
  const Bytes whole = encode_jpeg(test::waves(PixelFormat::rgb, 40, 24).view(), 75).value();
  // Without its last two bytes (the end marker) a file is complete but for a warning, which we refuse as
  // well.
  for (std::size_t n = 0; n < whole.size(); ++n) CHECK_FALSE(decode_jpeg(ByteSpan(whole).first(n)));
  CHECK(decode_jpeg(ByteSpan(whole).first(whole.size() - 10)).error().code == Errc::truncated);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] ^= std::byte{1} << (bit % 8);
    (void)decode_jpeg(damaged);
  }
  CHECK(decode_jpeg(as_bytes("GIF89a")).error().code == Errc::bad_format);
}

TEST_CASE("jpeg: a header that claims a giant is refused before memory is taken for it") {
  Bytes file = encode_jpeg(test::flat_image(PixelFormat::gray8, 8, 8, 7).view(), 75).value();
  const std::string_view text = as_text(file);
  const std::size_t frame = text.find("\xFF\xC0");  // marker, length 2, precision 1, height 2, width 2
  REQUIRE(frame != std::string_view::npos);
  for (const std::size_t i : {5, 7}) file[frame + i] = std::byte{0x7F};
  CHECK(decode_jpeg(file).error().code == Errc::truncated);
  for (const std::size_t i : {5, 7}) file[frame + i] = std::byte{0xFF};
  CHECK(decode_jpeg(file).error().code == Errc::unsupported);
}

TEST_CASE("webp: comes back alike, and damage is refused") {
  const Image image = test::waves(PixelFormat::rgb, 97, 61);
  if (!has_webp()) {
    CHECK(encode_webp(image.view(), 50).error().code == Errc::unsupported);
    LC_SKIP("built without libwebp");
  }
  const Bytes file = encode_webp(image.view(), 90).value();
  CHECK(psnr_rgb(image.view(), decode_webp(file)->view()) > 30);
  CHECK(decode_webp(ByteSpan(file).first(file.size() / 2)).error().code == Errc::corrupt);
  CHECK(decode_webp(as_bytes("RIFF....WEBQ")).error().code == Errc::bad_format);
}

TEST_CASE("pictures: a file is read by what it contains, whatever its name") {
  test::TempDir dir;
  const Image image = test::waves(PixelFormat::rgb, 24, 16);
  REQUIRE(save_file(dir / "one.txt", encode_png(image.view()).value()));
  REQUIRE(save_file(dir / "two.png", encode_jpeg(image.view(), 95).value()));
  REQUIRE(save_ppm(dir / "three", image.view()));
  CHECK(load_picture(dir / "one.txt")->samples() == image.samples());
  CHECK(psnr_rgb(load_picture(dir / "two.png")->view(), image.view()) > 35);
  CHECK(load_picture(dir / "three")->samples() == image.samples());
  REQUIRE(save_file(dir / "four.png", as_bytes("hello")));
  const auto refused = load_picture(dir / "four.png");
  CHECK(refused.error().code == Errc::bad_format);
  CHECK(refused.error().text.find("four.png: ") != std::string::npos);
  CHECK(load_picture(dir / "none.png").error().code == Errc::not_found);
}
