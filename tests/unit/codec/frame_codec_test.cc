// Pictures there and back with the toy bundle.
#include <algorithm>

#include "codec/frame_decoder.h"
#include "codec/frame_encoder.h"
#include "codec/latent_decoder.h"
#include "scene.h"
#include "support/test.h"
#include "support/toy_bundle.h"

using namespace lc;
using namespace lc::codec;

namespace {

using test::scene;

std::shared_ptr<const Bundle> toy(bool gray = false) {
  static const test::TempDir dir;
  auto bundle =
      Bundle::load(test::make_toy_bundle(dir.path(), {.name = gray ? "toy-gray" : "toy", .gray = gray}));
  REQUIRE(bundle);
  return *bundle;
}

struct Loop {
  Loop(std::shared_ptr<const Bundle> bundle, const Image& like, const EncoderOptions& options)
      : encoder(take(FrameEncoder::create(bundle, {like.format(), like.width(), like.height(), like.colour()},
                                          options))),
        latents(take(LatentDecoder::create(bundle))),
        decoder(take(FrameDecoder::create(bundle, like.width(), like.height(), {.format = {like.format(), like.colour()}}))) {}

  template <class T>
  static T take(Result<T> result) {
    REQUIRE(result);
    return std::move(*result);
  }

  EncodedFrame encode(const Image& picture, bool force_key = false) {
    bytes.clear();
    return take(encoder.encode(picture.view(), force_key, bytes));
  }
  Image decode(const Image& like) {
    auto frame = latents.decode(bytes);
    REQUIRE(frame);
    CHECK((*frame)->latent == encoder.last_latent());
    Image out = Image::make(like.format(), like.width(), like.height(), like.colour());
    REQUIRE(decoder.decode((*frame)->latent, (*frame)->header.quality, out.mutable_view()));
    return out;
  }

  FrameEncoder encoder;
  LatentDecoder latents;
  FrameDecoder decoder;
  Bytes bytes;
};

std::string refusal(const FrameGeometry& geometry, const EncoderOptions& options) {
  auto encoder = FrameEncoder::create(toy(), geometry, options);
  REQUIRE_FALSE(encoder);
  CHECK(encoder.error().code == Errc::invalid_config);
  return encoder.error().text;
}

}  // namespace

TEST_CASE("frame codec: a picture comes back in every format and size, padded and cropped") {
  const int sizes[][2] = {{64, 48}, {1, 1}, {17, 33}, {100, 31}};
  for (PixelFormat format : {PixelFormat::rgb, PixelFormat::i420, PixelFormat::nv12, PixelFormat::gray8})
    for (const auto& size : sizes) {
      CAPTURE(to_string(format));
      CAPTURE(size[0]);
      const Image picture = scene(0, size[0], size[1], format);
      Loop loop(toy(), picture, {.quality = 63});
      const EncodedFrame frame = loop.encode(picture);
      CHECK(frame.is_key());
      CHECK(frame.bytes == loop.bytes.size());
      CHECK(test::psnr(picture, loop.decode(picture)) > 19);
    }
}

TEST_CASE("frame codec: a gray bundle codes gray") {
  const Image picture = scene(0, 64, 48, PixelFormat::gray8);
  Loop loop(toy(true), picture, {.quality = 63});
  loop.encode(picture);
  CHECK(test::psnr(picture, loop.decode(picture)) > 22);
}

TEST_CASE("frame codec: more quality costs more bytes and gives more decibels") {
  const Image picture = scene(3, 128, 96);
  std::size_t bytes = 0;
  double decibels = 0;
  Loop loop(toy(), picture, {.quality = 0, .key_interval = 1});
  for (int quality : {0, 20, 40, 63}) {
    CAPTURE(quality);
    REQUIRE(loop.encoder.set_quality(quality));
    loop.encode(picture);
    const double now = test::psnr(picture, loop.decode(picture));
    CHECK(loop.bytes.size() > bytes);
    CHECK(now > decibels);
    bytes = loop.bytes.size();
    decibels = now;
  }
  CHECK(decibels > 23);
  CHECK(bytes < 128 * 96 / 8);
}

TEST_CASE("frame codec: frames are key, ordinary and anchor in the rhythm that the options say") {
  const Image picture = scene(0, 64, 48);
  Loop loop(toy(), picture, {.quality = 40, .key_interval = 8, .anchor_interval = 3});
  std::string kinds;
  for (int i = 0; i < 18; ++i) {
    const EncodedFrame frame = loop.encode(scene(i, 64, 48), i == 12);
    kinds += to_string(frame.kind)[0];
    CHECK(frame.frame_id == static_cast<std::uint32_t>(i));
    loop.decode(picture);
  }
  CHECK(kinds == "kooaooaokooakooaoo");
}

TEST_CASE("frame codec: what a lost anchor breaks is whole again with the next anchor that refers to the key frame") {
  const Image picture = scene(0, 320, 192);
  for (const int repair_interval : {0, 6}) {
    CAPTURE(repair_interval);
    Loop loop(toy(), picture,
              {.quality = 40, .key_interval = 0, .anchor_interval = 1, .repair_interval = repair_interval});
    std::string shown;
    for (int i = 0; i < 16; ++i) {
      const EncodedFrame frame = loop.encode(scene(i, 320, 192));
      CHECK(frame.reference_id == (i == 0 || (repair_interval > 0 && i % 6 == 0) ? 0 : i - 1));
      if (i == 7) {
        shown += '-';
        continue;
      }
      const auto decoded = loop.latents.decode(loop.bytes);
      if (decoded) CHECK((*decoded)->latent == loop.encoder.last_latent());
      if (!decoded) CHECK(decoded.error().fault == DecodeFault::missing_reference);
      shown += decoded ? '+' : '.';
    }
    CHECK(shown == (repair_interval == 0 ? "+++++++-........" : "+++++++-....++++"));
  }
}

namespace {

// Texture that appears from the left, `number` columns of it: less and less is like the first picture.
Image uncovered(int number) {
  Image image = Image::make(PixelFormat::rgb, 320, 192);
  std::mt19937 random(3);
  for (int y = 0; y < 192; ++y)
    for (int x = 0; x < 320; ++x)
      for (int c = 0; c < 3; ++c) {
        const auto texture = static_cast<std::uint8_t>(random() % 256);
        image.mutable_view().row(0, y)[3 * x + c] = x < number ? texture : 128;
      }
  return image;
}

// Frames 0..99 of it, 3 columns a frame: kinds, and the bytes of all.
std::pair<std::string, std::size_t> code_uncovered(EncoderOptions options) {
  options.key_interval = 0;
  Loop loop(toy(), uncovered(0), options);
  std::string kinds;
  std::size_t bytes = 0;
  for (int i = 0; i < 100; ++i) {
    const EncodedFrame frame = loop.encode(uncovered(3 * i));
    kinds += frame.is_skipped() ? '-' : to_string(frame.kind)[0];
    bytes += frame.bytes;
    if (!frame.is_skipped()) loop.decode(uncovered(0));
  }
  return {kinds, bytes};
}

}  // namespace

TEST_CASE("frame codec: little in common with the key frame makes no key frame, no skipped frame and no flood of bytes") {
  const auto [plain_kinds, plain_bytes] = code_uncovered({.repair_interval = 0});
  const auto [kinds, bytes] = code_uncovered({.repair_interval = 2});
  CHECK(kinds == plain_kinds);
  CHECK(kinds.find('k', 1) == std::string::npos);
  CHECK(bytes > plain_bytes);
  CHECK(static_cast<double>(bytes) < 1.3 * static_cast<double>(plain_bytes));
  const std::size_t largest = plain_bytes / 50;
  const auto [limited, _] = code_uncovered({.limits = {.max_frame_bytes = largest}, .repair_interval = 2});
  CHECK(std::count(limited.begin(), limited.end(), '-') == 0);
}

TEST_CASE("frame codec: with a key interval of 1 every frame is a key frame, with 0 only the first") {
  const Image picture = scene(0, 64, 48);
  Loop all(toy(), picture, {.key_interval = 1}), first(toy(), picture, {.key_interval = 0});
  for (int i = 0; i < 5; ++i) {
    CHECK(all.encode(picture).is_key());
    CHECK(first.encode(picture).is_key() == (i == 0));
  }
}

TEST_CASE("frame codec: quality changes without a key frame, and the decoder follows") {
  Loop loop(toy(), scene(0, 128, 96), {.quality = 40, .anchor_interval = 2});
  for (int i = 0; i < 40; ++i) {
    CAPTURE(i);
    REQUIRE(loop.encoder.set_quality(i * 29 % 64));
    const Image picture = scene(i, 128, 96, PixelFormat::rgb, 4);
    const EncodedFrame frame = loop.encode(picture);
    CHECK(frame.is_key() == (i == 0));
    CHECK(frame.quality == i * 29 % 64);
    CHECK(test::psnr(picture, loop.decode(picture)) > 12);
  }
}

TEST_CASE("frame codec: no frame is larger than allowed, and the stream goes on after one that never fits") {
  const Image picture = scene(0, 320, 240, PixelFormat::rgb, 40);
  Loop free(toy(), picture, {.quality = 60}), bound(toy(), picture, {.quality = 60});
  const std::size_t size = free.encode(picture).bytes;
  bound.encoder.set_limits({.max_frame_bytes = size / 2});
  for (int i = 0; i < 10; ++i) {
    const EncodedFrame frame = bound.encode(scene(i, 320, 240, PixelFormat::rgb, 40), i % 5 == 0);
    REQUIRE_FALSE(frame.is_skipped());
    CHECK(frame.bytes <= size / 2);
    CHECK(frame.quality < 60);
    bound.decode(picture);
  }
  CHECK_FALSE(bound.encoder.is_out_of_reach());
  bound.encoder.set_limits({.max_frame_bytes = 30});
  CHECK(bound.encode(picture, true).is_skipped());
  CHECK(bound.bytes.empty());
  CHECK(bound.encoder.is_out_of_reach());
  bound.encoder.set_limits({});
  const EncodedFrame again = bound.encode(picture);
  CHECK(again.quality == 60);
  bound.decode(picture);
}

TEST_CASE("frame codec: a scene cut begins with a key frame") {
  const Image picture = scene(0, 64, 48);
  Loop loop(toy(), picture, {.quality = 40});
  loop.encode(picture);
  CHECK_FALSE(loop.encode(picture).is_key());
  Image other = scene(0, 64, 48);
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 64 * 3; ++x)
      other.mutable_view().row(0, y)[x] =
          static_cast<std::uint8_t>(std::min(255, 40 + (x * 7 + y * 29 + x * y) % 200));
  CHECK(loop.encode(other).is_key());
  loop.decode(other);
}

TEST_CASE("frame codec: a still scene with sensor noise costs next to nothing") {
  Loop loop(toy(), scene(0, 320, 240), {.quality = 30});
  const std::size_t key = loop.encode(scene(5, 320, 240, PixelFormat::rgb, 3)).bytes;
  std::size_t later = 0;
  for (int i = 0; i < 8; ++i) {
    Image picture = scene(5, 320, 240);
    std::mt19937 random(static_cast<std::uint32_t>(i));
    for (int y = 0; y < 240; ++y)
      for (int x = 0; x < 320 * 3; ++x)
        picture.mutable_view().row(0, y)[x] += static_cast<std::uint8_t>(random() % 7 - 3);
    later += loop.encode(picture).bytes;
  }
  CHECK(later / 8 < key / 25);
}

TEST_CASE("frame codec: threads and a second run change nothing in the bytes of key frames") {
  const Image picture = scene(2, 200, 120);
  Loop one(toy(), picture, {.quality = 50}), two(toy(), picture, {.quality = 50, .threads = 2});
  one.encode(picture);
  two.encode(picture);
  CHECK(one.bytes == two.bytes);
  const Bytes first = one.bytes;
  REQUIRE(one.encode(picture, true).is_key());
  // All but the frame id.
  CHECK(Bytes(first.begin() + 16, first.end()) == Bytes(one.bytes.begin() + 16, one.bytes.end()));
}

TEST_CASE("frame codec: slices give the same integers") {
  const Image picture = scene(2, 200, 120);
  Loop whole(toy(), picture, {.quality = 50}), sliced(toy(), picture, {.quality = 50, .slice_rows = 3});
  whole.encode(picture);
  sliced.encode(picture);
  CHECK(whole.encoder.last_latent() == sliced.encoder.last_latent());
  sliced.decode(picture);
}

TEST_CASE("frame codec: options out of range are refused") {
  const FrameGeometry good{PixelFormat::rgb, 64, 48, {}};
  CHECK(refusal({PixelFormat::rgb, 0, 48, {}}, {}) == "pictures of 0 x 48: sides are 1..8192");
  CHECK(refusal({PixelFormat::rgb, 64, 8193, {}}, {}) == "pictures of 64 x 8193: sides are 1..8192");
  CHECK(refusal(good, {.quality = 64}) == "quality 64: the model 'toy' has 0..63");
  CHECK(refusal(good, {.quality = 40, .key_interval = -1}).find("key interval") == 0);
  CHECK(refusal(good, {.quality = 40, .repair_interval = -1}).find("key interval, repair interval") == 0);
  CHECK(refusal(good, {.quality = 40, .stickiness = -1.0f}) == "stickiness is 0..10 steps");
}

TEST_CASE("frame codec: a latent of another shape or quality does not become a picture") {
  auto decoder = FrameDecoder::create(toy(), 64, 48);
  REQUIRE(decoder);
  Image out = Image::make(PixelFormat::rgb, 64, 48);
  Latent latent;
  latent.reset(3, 5, 16);
  CHECK_FALSE(decoder->decode(latent, 40, out.mutable_view()));
  latent.reset(3, 4, 16);
  CHECK_FALSE(decoder->decode(latent, 64, out.mutable_view()));
  CHECK(decoder->decode(latent, 63, out.mutable_view()));
}
