// In steady state the codec allocates nothing for a frame. What oneDNN allocates inside its own calls is not counted.
#include <functional>

#include "codec/frame_decoder.h"
#include "codec/frame_encoder.h"
#include "codec/latent_decoder.h"
#include "scene.h"
#include "support/allocations.h"
#include "support/test.h"
#include "support/toy_bundle.h"

using namespace lc;
using namespace lc::codec;

namespace {

constexpr int kGrowing = 16, kSteady = 50;  // frames

// Frames there and back, of which the first may grow buffers. `before` may change the encoder's settings.
void expect_none(
    const std::shared_ptr<const Bundle>& bundle, int width, int height, const EncoderOptions& options,
    const std::function<void(FrameEncoder&, int)>& before = [](FrameEncoder&, int) {}) {
  std::vector<Image> pictures;
  for (int i = 0; i < 8; ++i) pictures.push_back(test::scene(i, width, height, PixelFormat::i420, 4));
  Image out = Image::make(PixelFormat::i420, width, height);
  auto encoder = FrameEncoder::create(bundle, {PixelFormat::i420, width, height, {}}, options);
  REQUIRE(encoder);
  auto latents = LatentDecoder::create(bundle);
  auto decoder = FrameDecoder::create(
      bundle, width, height,
      {.threads = options.threads, .precision = options.precision, .format = {PixelFormat::i420, {}}});
  REQUIRE(latents);
  REQUIRE(decoder);
  Bytes bytes;
  bytes.reserve(1 << 20);  // the caller's, which grows with the largest frame
  int bad = 0, allocations = 0;
  for (int i = 0; i < kGrowing + kSteady; ++i) {
    before(*encoder, i);
    bytes.clear();
    const auto time = static_cast<std::uint64_t>(i) * 40'000'000;
    test::AllocationCounter counter;
    bad += encoder->encode(pictures[static_cast<std::size_t>(i % 8)].view(), i % 16 == 9, bytes, time) ? 0 : 1;
    auto frame = latents->decode(bytes);
    bad += frame && decoder->decode((*frame)->latent, (*frame)->header.quality, out.mutable_view()) ? 0 : 1;
    const auto made = counter.take();
    if (i >= kGrowing) allocations += made.ours;
  }
  CHECK(allocations == 0);
  CHECK(bad == 0);
}

std::shared_ptr<const Bundle> toy() {
  const test::TempDir dir;
  return Bundle::load(test::make_toy_bundle(dir.path())).value();
}

}  // namespace

TEST_CASE("allocations: none for a frame that is encoded and decoded, of whatever kind") {
  if (!test::can_count_allocations()) LC_SKIP("sanitizers own the allocator");
  for (int slice_rows : {0, 2}) {
    CAPTURE(slice_rows);
    expect_none(toy(), 150, 90, {.quality = 50, .key_interval = 6, .anchor_interval = 2, .slice_rows = slice_rows});
  }
}

TEST_CASE("allocations: none where only some tiles are computed, qualities change, or a bit rate is kept") {
  if (!test::can_count_allocations()) LC_SKIP("sanitizers own the allocator");
  expect_none(toy(), 400, 300, {.quality = 50, .key_interval = 0, .anchor_interval = 2});
  // The best qualities first, which grow every buffer.
  expect_none(toy(), 400, 300, {.quality = 63, .key_interval = 0, .anchor_interval = 2},
              [](FrameEncoder& encoder, int i) { REQUIRE(encoder.set_quality(i < 16 ? 63 - i % 2 : 30 + i % 9)); });
  expect_none(toy(), 400, 300, {.quality = 63, .key_interval = 8}, [](FrameEncoder& encoder, int i) {
    if (i < 16) REQUIRE(encoder.set_quality(63 - i % 2));
    if (i == 16) encoder.set_limits({.bits_per_second = 200'000});
  });
}

TEST_CASE("allocations: none with lc5, in any arithmetic, on one thread and on two") {
  if (!test::can_count_allocations()) LC_SKIP("sanitizers own the allocator");
  const auto bundle = Bundle::load(test::source_root() / "models/lc5");
  if (!bundle) LC_SKIP("models/lc5 is not here");
  for (const nn::Precision precision : nn::fast_precisions())
    for (const int threads : {1, 2}) {
      CAPTURE(nn::to_string(precision));
      CAPTURE(threads);
      expect_none(*bundle, 400, 300, {.key_interval = 12, .threads = threads, .precision = precision});
    }
}

TEST_CASE("allocations: none with several frames in work at once") {
  if (!test::can_count_allocations()) LC_SKIP("sanitizers own the allocator");
  constexpr int kWidth = 400, kHeight = 300;
  const auto bundle = toy();
  std::vector<Image> pictures;
  for (int i = 0; i < 8; ++i) pictures.push_back(test::scene(i, kWidth, kHeight, PixelFormat::i420, 4 * (i % 3)));
  Image out = Image::make(PixelFormat::i420, kWidth, kHeight);
  auto encoder = FrameEncoder::create(bundle, {PixelFormat::i420, kWidth, kHeight, {}},
                                      {.quality = 50, .key_interval = 6, .frames = 3});
  auto latents = LatentDecoder::create(bundle);
  auto decoder = FrameDecoder::create(bundle, kWidth, kHeight, {.frames = 3, .format = {PixelFormat::i420, {}}});
  REQUIRE(encoder);
  REQUIRE(latents);
  REQUIRE(decoder);
  Bytes bytes;
  bytes.reserve(1 << 20);
  int bad = 0, shown = 0, allocations = 0;
  for (int i = 0; i < kGrowing + kSteady; ++i) {
    test::AllocationCounter counter;
    encoder->begin(pictures[static_cast<std::size_t>(i % 8)].view(), i % 16 == 9);
    while (encoder->is_full()) {
      bytes.clear();
      bad += encoder->finish(bytes) ? 0 : 1;
      auto frame = latents->decode(bytes);
      bad += frame && decoder->begin((*frame)->latent, (*frame)->header.quality) ? 0 : 1;
    }
    for (; decoder->is_full(); ++shown) bad += decoder->finish(out.mutable_view()) ? 0 : 1;
    const auto made = counter.take();
    if (i >= kGrowing) allocations += made.ours;
  }
  CHECK(allocations == 0);
  CHECK(bad == 0);
  CHECK(shown == kGrowing + kSteady - 2 - 2);
}
