// The shipped bundle's tables, with all their channels and weights, through the coder and its slow twin.
#include "codec/frame_encoder.h"
#include "codec/latent_decoder.h"
#include "scene.h"
#include "slow_slice.h"
#include "support/test.h"

using namespace lc;
using namespace lc::codec;

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
