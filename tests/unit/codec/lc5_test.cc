// The shipped bundle's tables, with all their channels and weights, through the coder and its slow twin.
#include <algorithm>

#include "codec/frame_decoder.h"
#include "codec/frame_encoder.h"
#include "codec/latent_decoder.h"
#include "scene.h"
#include "slow_slice.h"
#include "support/test.h"

using namespace lc;
using namespace lc::codec;

// Frames of a scene at rest with a walking square: with and without leaving out what does not change.
TEST_CASE("lc5: what is left out of the networks is not missed in the picture") {
  const auto folder = test::source_root() / "models/lc5";
  if (!std::filesystem::exists(folder / "manifest.yaml")) LC_SKIP("models/lc5 is not here");
  const auto bundle = Bundle::load(folder);
  REQUIRE(bundle);
  const auto run = [&](bool skip_unchanged) {
    EncoderOptions options;
    options.skip_unchanged = skip_unchanged;
    auto encoder = FrameEncoder::create(*bundle, {PixelFormat::rgb, 400, 400, {}}, options);
    auto latents = LatentDecoder::create(*bundle);
    auto decoder = FrameDecoder::create(*bundle, 400, 400);
    REQUIRE(encoder);
    REQUIRE(latents);
    REQUIRE(decoder);
    std::pair<double, std::size_t> psnr_and_bytes{0, 0};
    Image out = Image::make(PixelFormat::rgb, 400, 400);
    for (int i = 0; i < 12; ++i) {
      Bytes bytes;
      const Image picture = test::scene(i, 400, 400, PixelFormat::rgb, 2);
      REQUIRE(encoder->encode(picture.view(), false, bytes));
      const auto frame = latents->decode(bytes);
      REQUIRE(frame);
      REQUIRE(decoder->decode((*frame)->latent, (*frame)->header.quality, out.mutable_view()));
      // A decoder that saw nothing before paints the same, but for the rounding of other kernels.
      if (i % 4 == 3) {
        auto fresh = FrameDecoder::create(*bundle, 400, 400);
        Image again = Image::make(PixelFormat::rgb, 400, 400);
        REQUIRE(fresh->decode((*frame)->latent, (*frame)->header.quality, again.mutable_view()));
        CHECK(test::psnr(again, out) > 55);
      }
      psnr_and_bytes.first += test::psnr(picture, out) / 12;
      psnr_and_bytes.second += bytes.size();
    }
    return psnr_and_bytes;
  };
  const auto whole = run(false), some = run(true);
  CHECK(some.first > whole.first - 0.2);
  CHECK(some.second < whole.second * 1.05);
}

TEST_CASE("lc5: its frames decode to what was encoded, by the decoder and by its slow twin") {
  const auto folder = test::source_root() / "models/lc5";
  if (!std::filesystem::exists(folder / "manifest.yaml")) LC_SKIP("models/lc5 is not here");
  auto bundle = Bundle::load(folder);
  REQUIRE(bundle);
  for (int quality : {5, 35, 63}) {
    CAPTURE(quality);
    EncoderOptions options;
    options.quality = quality;
    auto encoder = FrameEncoder::create(*bundle, {PixelFormat::rgb, 150, 100, {}}, options);
    auto decoder = LatentDecoder::create(*bundle);
    REQUIRE(encoder);
    REQUIRE(decoder);
    Latent reference;
    for (int i = 0; i < 3; ++i) {
      Bytes bytes;
      auto frame = encoder->encode(test::scene(i, 150, 100, PixelFormat::rgb, 6).view(), false, bytes);
      REQUIRE(frame);
      auto decoded = decoder->decode(bytes);
      REQUIRE(decoded);
      CHECK((*decoded)->latent == encoder->last_latent());

      Reader reader(bytes);
      REQUIRE(unpack(reader));
      Latent slow = encoder->last_latent();
      std::fill(slow.values().begin(), slow.values().end(), std::int16_t{0});
      const SliceTask task{0, slow.rows(), (*bundle)->entropy().level(quality),
                           i == 0 ? nullptr : &reference};
      CHECK(test::slow_decode((*bundle)->entropy(), reader.rest(), task, slow));
      CHECK(slow == encoder->last_latent());
      if (frame->kind != FrameKind::ordinary) reference = slow;
    }
  }
}
