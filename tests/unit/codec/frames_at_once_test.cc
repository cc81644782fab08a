// Several frames in work at once against one after the other: the same bytes, where nothing is left out of networks that see
// around a position, and the same pictures of the same bytes.
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

constexpr int kFrames = 24;

std::shared_ptr<const Bundle> toy() {
  static const test::TempDir dir;
  static const auto bundle = Bundle::load(test::make_toy_bundle(dir.path(), {.name = "toy"}));
  REQUIRE(bundle);
  return *bundle;
}

struct Clip {
  std::vector<Image> pictures;
  std::vector<int> forced;          // key frames
  std::vector<int> quality;         // of each frame
  std::vector<std::size_t> limits;  // bytes of each frame; 0: any
};

// A square walks over smooth shades, with fresh noise now and then, a cut, and pictures that equal the one before.
Clip clip(int width, int height) {
  Clip all;
  for (int i = 0; i < kFrames; ++i) {
    const int noise = i % 7 == 5 ? 40 : 0, number = i == 9 || i == 10 ? 8 : i;
    all.pictures.push_back(test::scene(number, width, height, PixelFormat::i420, noise));
    all.quality.push_back(i < 12 ? 40 : 30 + i % 3 * 9);
    all.limits.push_back(0);
  }
  all.forced = {3, 4, 17};
  return all;
}

struct Coded {
  std::vector<Bytes> frames;  // empty: skipped
  std::vector<EncodedFrame> told;
};

Coded encode(std::shared_ptr<const Bundle> bundle, const Clip& clip, EncoderOptions options, int frames) {
  options.frames = frames;
  const Image& like = clip.pictures.front();
  auto encoder = FrameEncoder::create(std::move(bundle), {like.format(), like.width(), like.height(), like.colour()},
                                      options);
  REQUIRE(encoder);
  Coded coded;
  const auto finish = [&] {
    const std::size_t at = coded.frames.size();
    REQUIRE(encoder->set_quality(clip.quality[at]));
    encoder->set_limits({.max_frame_bytes = clip.limits[at]});
    Bytes bytes;
    const auto frame = encoder->finish(bytes, at * 40'000'000);
    REQUIRE(frame);
    CHECK(frame->bytes == bytes.size());
    coded.frames.push_back(std::move(bytes));
    coded.told.push_back(*frame);
  };
  for (int i = 0; i < static_cast<int>(clip.pictures.size()); ++i) {
    const bool is_forced = std::find(clip.forced.begin(), clip.forced.end(), i) != clip.forced.end();
    encoder->begin(clip.pictures[static_cast<std::size_t>(i)].view(), is_forced);
    while (encoder->is_full() || encoder->is_ready()) finish();
    CHECK(encoder->begun() < static_cast<std::size_t>(frames));
  }
  while (encoder->begun() > 0) finish();
  return coded;
}

void expect_same(const std::shared_ptr<const Bundle>& bundle, const Clip& clip, const EncoderOptions& options) {
  const Coded one = encode(bundle, clip, options, 1);
  for (const int frames : {2, 3, 8}) {
    CAPTURE(frames);
    const Coded several = encode(bundle, clip, options, frames);
    REQUIRE(several.frames.size() == one.frames.size());
    for (std::size_t i = 0; i < one.frames.size(); ++i) {
      CAPTURE(i);
      CHECK(several.frames[i] == one.frames[i]);
      CHECK(several.told[i].kind == one.told[i].kind);
      CHECK(several.told[i].frame_id == one.told[i].frame_id);
    }
  }
}

std::string kinds(const Coded& coded) {
  std::string text;
  for (const EncodedFrame& frame : coded.told) text += frame.is_skipped() ? '-' : to_string(frame.kind)[0];
  return text;
}

// Frames 0.. decoded; an empty one repeats the picture before.
std::vector<Image> decode(std::shared_ptr<const Bundle> bundle, const Coded& coded, const Image& like, int frames) {
  auto latents = LatentDecoder::create(bundle);
  auto decoder = FrameDecoder::create(bundle, like.width(), like.height(),
                                      {.frames = frames, .format = {like.format(), like.colour()}});
  REQUIRE(latents);
  REQUIRE(decoder);
  std::vector<Image> shown;
  std::vector<bool> is_repeat;  // of those to come
  const auto show = [&] {
    const std::size_t at = shown.size();
    shown.push_back(Image::make(like.format(), like.width(), like.height(), like.colour()));
    const MutableImageView out = shown.back().mutable_view();
    const auto painted = is_repeat[at] ? decoder->repaint(out) : decoder->finish(out);
    REQUIRE(painted);
  };
  for (const Bytes& bytes : coded.frames) {
    is_repeat.push_back(bytes.empty());
    if (!bytes.empty()) {
      const auto frame = latents->decode(bytes);
      REQUIRE(frame);
      REQUIRE(decoder->begin((*frame)->latent, (*frame)->header.quality));
    }
    while (shown.size() < is_repeat.size() && (is_repeat[shown.size()] || decoder->is_full() || decoder->is_ready())) show();
  }
  while (shown.size() < is_repeat.size()) show();
  CHECK(decoder->begun() == 0);
  return shown;
}

}  // namespace

TEST_CASE("frames at once: the same bytes, with key frames asked for, qualities that change, and all kinds of frames") {
  const Clip scenes = clip(320, 192);
  for (const int key_interval : {0, 1, 7}) {
    CAPTURE(key_interval);
    expect_same(toy(), scenes, {.quality = 40, .key_interval = key_interval, .anchor_interval = 2});
  }
  const std::string made = kinds(encode(toy(), scenes, {.quality = 40, .key_interval = 7}, 3));
  CHECK_MESSAGE(made.find("k") == 0, made);
  for (const std::size_t key : {3u, 4u, 11u, 17u}) CHECK_MESSAGE(made[key] == 'k', made);
  CHECK(made.find('o') != std::string::npos);
  CHECK(made.find('a') != std::string::npos);
}

TEST_CASE("frames at once: the same bytes where everything is computed, and of pictures of one tile") {
  expect_same(toy(), clip(320, 192), {.quality = 40, .key_interval = 7, .skip_unchanged = false});
  expect_same(toy(), clip(33, 17), {.quality = 40, .key_interval = 7});
}

TEST_CASE("frames at once: the same frames are skipped for a limit, and a key frame that was asked for comes later") {
  Clip scenes = clip(320, 192);
  scenes.forced = {6};
  for (const std::size_t at : {6u, 7u, 8u, 14u}) scenes.limits[at] = 8;
  const EncoderOptions options{.quality = 40, .key_interval = 0};
  expect_same(toy(), scenes, options);
  const std::string made = kinds(encode(toy(), scenes, options, 2));
  CHECK_MESSAGE(made.substr(6, 4) == "---k", made);
  CHECK_MESSAGE(made[14] == '-', made);
}

TEST_CASE("frames at once: the same bytes under a bit rate") {
  Clip scenes = clip(320, 192);
  EncoderOptions options{.quality = 63, .key_interval = 0};
  options.limits.bits_per_second = 40'000;
  int lowest = 63;
  const auto coded = [&](int frames) {
    options.frames = frames;
    auto encoder = FrameEncoder::create(toy(), {PixelFormat::i420, 320, 192, scenes.pictures[0].colour()}, options);
    REQUIRE(encoder);
    Bytes all;
    std::uint64_t time = 0;
    std::string made;
    const auto finish = [&] {
      const auto frame = encoder->finish(all, time += 40'000'000);
      REQUIRE(frame);
      lowest = std::min(lowest, frame->quality);
      made += fmt::format("{} {}, ", frame->quality, frame->bytes);
    };
    for (const Image& picture : scenes.pictures) {
      encoder->begin(picture.view(), false);
      while (encoder->is_full() || encoder->is_ready()) finish();
    }
    while (encoder->begun() > 0) finish();
    return std::pair{made, all};
  };
  const auto one = coded(1);
  CHECK(lowest < 63);  // the limit bites
  for (const int frames : {2, 5}) {
    const auto several = coded(frames);
    CHECK(several.first == one.first);
    CHECK(several.second == one.second);
  }
}

TEST_CASE("frames at once: what is abandoned leaves no trace") {
  const Clip scenes = clip(320, 192);
  const auto coded = [&](int frames, bool abandons) {
    EncoderOptions options{.quality = 40, .key_interval = 9};
    options.frames = frames;
    auto encoder = FrameEncoder::create(toy(), {PixelFormat::i420, 320, 192, scenes.pictures[0].colour()}, options);
    REQUIRE(encoder);
    Bytes all;
    const auto finish = [&] { REQUIRE(encoder->finish(all)); };
    for (std::size_t i = 0; i < 20; ++i) {
      if (i == 8) {
        while (encoder->begun() > 0) finish();
        if (abandons) {
          for (std::size_t k = 0; !encoder->is_full(); ++k) encoder->begin(scenes.pictures[k].view(), false);
          encoder->abandon();
          CHECK(encoder->begun() == 0);
        }
      }
      encoder->begin(scenes.pictures[i].view(), i == 8);
      while (encoder->is_full()) finish();
    }
    while (encoder->begun() > 0) finish();
    return all;
  };
  const Bytes plain = coded(1, false);
  for (const int frames : {1, 2, 4}) CHECK(coded(frames, true) == plain);
}

TEST_CASE("frames at once: the same pictures, with repeated ones among them") {
  for (const auto format : {PixelFormat::i420, PixelFormat::rgb}) {
    CAPTURE(to_string(format));
    Clip scenes = clip(320, 192);
    for (const std::size_t at : {6u, 7u, 14u}) scenes.limits[at] = 8;
    const Coded coded = encode(toy(), scenes, {.quality = 40, .key_interval = 7}, 1);
    const Image like = Image::make(format, 320, 192);
    const std::vector<Image> one = decode(toy(), coded, like, 1);
    REQUIRE(one.size() == kFrames);
    for (const int frames : {2, 3, 8}) {
      CAPTURE(frames);
      const std::vector<Image> several = decode(toy(), coded, like, frames);
      REQUIRE(several.size() == one.size());
      for (std::size_t i = 0; i < one.size(); ++i)
        CHECK(std::equal(several[i].samples().begin(), several[i].samples().end(), one[i].samples().begin()));
    }
  }
}

TEST_CASE("frames at once: the shipped model, some tiles of a picture, in the fastest arithmetic of this processor") {
  const auto loaded = Bundle::load(test::source_root() / "models/lc5");
  if (!loaded) LC_SKIP("models/lc5 is not here");
  Clip scenes = clip(400, 400);
  scenes.pictures.resize(6);
  EncoderOptions options{.quality = 40, .key_interval = 4};
  options.precision = nn::fast_precisions().front();
  options.skip_unchanged = false;
  CHECK(encode(*loaded, scenes, options, 1).frames == encode(*loaded, scenes, options, 2).frames);
  // Of what is left out, each network keeps what it saw itself: the same picture but for the noise.
  options.skip_unchanged = true;
  const Coded one = encode(*loaded, scenes, options, 1), two = encode(*loaded, scenes, options, 2);
  CHECK(kinds(one) == kinds(two));
  std::size_t one_bytes = 0, two_bytes = 0;
  for (const Bytes& bytes : one.frames) one_bytes += bytes.size();
  for (const Bytes& bytes : two.frames) two_bytes += bytes.size();
  CHECK(static_cast<double>(two_bytes) == doctest::Approx(static_cast<double>(one_bytes)).epsilon(0.02));
  const auto other = decode(*loaded, two, scenes.pictures[0], 1);
  const auto first = decode(*loaded, one, scenes.pictures[0], 1), second = decode(*loaded, one, scenes.pictures[0], 2);
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(std::equal(first[i].samples().begin(), first[i].samples().end(), second[i].samples().begin()));
    CHECK(test::psnr(scenes.pictures[i], other[i]) > test::psnr(scenes.pictures[i], first[i]) - 0.2);
  }
}

TEST_CASE("frames at once: a frame that cannot be decoded is refused before it begins, and the others come") {
  auto decoder = FrameDecoder::create(toy(), 64, 48, {.frames = 2});
  REQUIRE(decoder);
  Latent good, bad;
  good.reset(3, 4, 16);
  bad.reset(3, 5, 16);
  REQUIRE(decoder->begin(good, 40));
  CHECK(decoder->begin(bad, 40).error().code == Errc::corrupt);
  CHECK(decoder->begin(good, 64).error().code == Errc::corrupt);
  CHECK(decoder->begun() == 1);
  REQUIRE(decoder->begin(good, 41));
  Image out = Image::make(PixelFormat::rgb, 64, 48);
  CHECK(decoder->is_full());
  CHECK(decoder->finish(out.mutable_view()));
  CHECK(decoder->finish(out.mutable_view()));
  REQUIRE(decoder->begin(good, 40));
  decoder->forget();
  CHECK(decoder->begun() == 0);
}

TEST_CASE("frames at once: their number is 1 to 64") {
  for (const int frames : {0, 65}) {
    EncoderOptions options;
    options.frames = frames;
    const auto encoder = FrameEncoder::create(toy(), {PixelFormat::rgb, 64, 48, {}}, options);
    REQUIRE_FALSE(encoder);
    CHECK(encoder.error().text == "frames in work at once are 1..64");
    CHECK_FALSE(FrameDecoder::create(toy(), 64, 48, {.frames = frames}));
  }
}
