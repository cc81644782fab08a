// Published autoencoders, whose latents travel as they are.
#include "codec/raw_autoencoder.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/file.h"
#include "codec/frame_encoder.h"
#include "support/test.h"
#include "support/toy_bundle.h"

using namespace lc;
using namespace lc::codec;

namespace {

Image picture(PixelFormat format = PixelFormat::gray8) {
  Image out = Image::make(format, 32, 24);
  const MutableImageView view = out.mutable_view();
  for (int y = 0; y < 24; ++y)
    for (int x = 0; x < row_bytes(format, 0, 32); ++x) view.row(0, y)[x] = static_cast<std::uint8_t>(7 * x + 11 * y);
  return out;
}

std::string fault(const std::filesystem::path& folder, const std::string& from, const std::string& to) {
  std::string text(as_text(load_file(folder / "manifest.yaml").value()));
  text.replace(text.find(from), from.size(), to);
  REQUIRE(save_file(folder / "manifest.yaml", as_bytes(text)));
  const auto bundle = Bundle::load(folder);
  REQUIRE_FALSE(bundle);
  return bundle.error().text.substr(folder.string().size() + 1);
}

}  // namespace

TEST_CASE("raw autoencoder: bytes and floats go there and back exactly, interleaved on the way") {
  const test::TempDir dir;
  for (const std::string sample : {"u8, step: 0.00392156862745098", "f32"}) {
    CAPTURE(sample);
    const auto bundle = Bundle::load(test::make_raw_bundle(dir.path(), "raw-" + sample.substr(0, 2), sample)).value();
    CHECK(bundle->kind() == BundleKind::raw_autoencoder);
    auto encoder = RawEncoder::create(bundle).value();
    auto decoder = RawDecoder::create(bundle).value();
    const Image source = picture();
    Bytes latent;
    for (int i = 0; i < 2; ++i) REQUIRE(encoder.encode(source.view(), latent));
    REQUIRE(latent.size() == 16 * 12 * 4 * (sample == "f32" ? 4 : 1));
    // Channel 1 of position (x 3, y 2) is the pixel at (7, 4).
    const std::size_t at = (2 * 16 + 3) * 4 + 1;
    float value = 0;
    if (sample == "f32")
      std::memcpy(&value, latent.data() + 4 * at, 4);
    else
      value = static_cast<float>(std::to_integer<int>(latent[at])) / 255;
    CHECK(value == doctest::Approx(source.samples()[4 * 32 + 7] / 255.0));
    Image back = Image::make(PixelFormat::gray8, 32, 24);
    REQUIRE(decoder.decode(latent, back.mutable_view()));
    CHECK(back.samples() == source.samples());
    Image colour = Image::make(PixelFormat::rgb, 32, 24);
    REQUIRE(decoder.decode(latent, colour.mutable_view()));
    CHECK(colour.samples()[3 * 40 + 1] == source.samples()[40]);
  }
}

TEST_CASE("raw autoencoder: what lies outside of bytes is clamped") {
  const test::TempDir dir;
  const auto bundle = Bundle::load(test::make_raw_bundle(dir.path(), "raw", "u8, step: 0.001")).value();
  auto encoder = RawEncoder::create(bundle).value();
  Bytes latent;
  REQUIRE(encoder.encode(picture().view(), latent));
  CHECK(std::count(latent.begin(), latent.end(), std::byte{255}) > 100);
  CHECK(std::count(latent.begin(), latent.end(), std::byte{0}) > 0);
}

TEST_CASE("raw autoencoder: latents of another size, and floats that are no numbers, are refused") {
  const test::TempDir dir;
  const auto bundle = Bundle::load(test::make_raw_bundle(dir.path(), "raw", "f32")).value();
  auto decoder = RawDecoder::create(bundle).value();
  Image out = Image::make(PixelFormat::gray8, 32, 24);
  Bytes latent(16 * 12 * 4 * 4);
  REQUIRE(decoder.decode(latent, out.mutable_view()));
  CHECK(decoder.decode(ByteSpan(latent).first(latent.size() - 1), out.mutable_view()).error().code == Errc::truncated);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::memcpy(latent.data() + 400, &bad, 4);
    CHECK(decoder.decode(latent, out.mutable_view()).error().code == Errc::corrupt);
  }
  latent.push_back(std::byte{0});
  CHECK(decoder.decode(latent, out.mutable_view()).error().code == Errc::corrupt);
}

TEST_CASE("raw autoencoder: each mistake in its manifest has its place and its sentence") {
  const test::TempDir dir;
  const auto folder = test::make_raw_bundle(dir.path());
  SUBCASE("sample") {
    CHECK(
        fault(folder, "sample: u8", "sample: s8").find("manifest.yaml:6:54: latent.sample: expected one of u8, f32") ==
        0);
  }
  SUBCASE("no step") { CHECK(fault(folder, ", step: 0.00392156862745098", "").find("step") != std::string::npos); }
  SUBCASE("a step of floats") {
    CHECK(fault(folder, "sample: u8", "sample: f32").find("goes with 'sample: u8' only") != std::string::npos);
  }
  SUBCASE("stride") { CHECK(fault(folder, "width: 32", "stride: 16").find("stride") != std::string::npos); }
  SUBCASE("too wide") { CHECK(fault(folder, "width: 32", "width: 2048").find("1..1024") != std::string::npos); }
  SUBCASE("key") {
    CHECK(fault(folder, "licence:", "study: {key: 0011}\nlicence:").find("16 to 64 bytes") != std::string::npos);
  }
}

TEST_CASE("raw autoencoder: networks that contradict the manifest are refused") {
  const test::TempDir dir;
  const auto folder = test::make_raw_bundle(dir.path());
  std::string text(as_text(load_file(folder / "manifest.yaml").value()));
  text.replace(text.find("channels: 4"), 11, "channels: 5");
  REQUIRE(save_file(folder / "manifest.yaml", as_bytes(text)));
  const auto bundle = Bundle::load(folder).value();
  CHECK(RawEncoder::create(bundle).error().text.find("encoder.onnx: by the manifest") != std::string::npos);
  CHECK_FALSE(RawDecoder::create(bundle));
}

TEST_CASE("raw autoencoder: neither kind is taken for the other") {
  const test::TempDir dir;
  const auto raw = Bundle::load(test::make_raw_bundle(dir.path(), "raw", "f32",
                                                      "study: {paper: P1, key: 00112233445566778899aabbccddeeff}\n"))
                       .value();
  CHECK(raw->raw().study_key.size() == 16);
  const auto coded = Bundle::load(test::make_toy_bundle(dir.path())).value();
  CHECK(FrameEncoder::create(raw, {PixelFormat::gray8, 32, 24, {}}, {}).error().text.find("studyencode") !=
        std::string::npos);
  CHECK(RawEncoder::create(coded).error().code == Errc::invalid_config);
  CHECK(RawDecoder::create(coded).error().code == Errc::invalid_config);
}
