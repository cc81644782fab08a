// In steady state the codec allocates nothing for a frame. A program of its own, because it replaces operator
// new. What oneDNN allocates inside its own calls is not ours to change, and is not counted.
#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <new>
#include <string_view>

#include "codec/frame_decoder.h"
#include "codec/frame_encoder.h"
#include "codec/latent_decoder.h"
#include "scene.h"
#include "support/test.h"
#include "support/toy_bundle.h"

namespace {
std::atomic<bool> counting{false};
std::atomic<int> allocations{0};

bool is_ours(const void* caller) {
  Dl_info info;
  return ::dladdr(caller, &info) == 0 || std::string_view(info.dli_fname).find("libdnnl") == std::string_view::npos;
}
}  // namespace

void* operator new(std::size_t size) {
  if (counting.load() && is_ours(__builtin_return_address(0))) allocations.fetch_add(1);
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

using namespace lc;
using namespace lc::codec;

namespace {

// 40 frames there and back, of which the first 16 may grow buffers. `before` may change the encoder's settings.
void expect_none(
    int width, int height, const EncoderOptions& options,
    const std::function<void(FrameEncoder&, int)>& before = [](FrameEncoder&, int) {}) {
  const test::TempDir dir;
  auto bundle = Bundle::load(test::make_toy_bundle(dir.path()));
  REQUIRE(bundle);
  std::vector<Image> pictures;
  for (int i = 0; i < 8; ++i) pictures.push_back(test::scene(i, width, height, PixelFormat::i420, 4));
  Image out = Image::make(PixelFormat::i420, width, height);
  auto encoder = FrameEncoder::create(*bundle, {PixelFormat::i420, width, height, {}}, options);
  REQUIRE(encoder);
  auto latents = LatentDecoder::create(*bundle);
  auto decoder = FrameDecoder::create(*bundle, width, height, {.format = {PixelFormat::i420, {}}});
  REQUIRE(latents);
  REQUIRE(decoder);
  Bytes bytes;
  bytes.reserve(1 << 20);  // the caller's, which grows with the largest frame
  int bad = 0;
  allocations = 0;
  for (int i = 0; i < 40; ++i) {
    before(*encoder, i);
    counting = i >= 16;
    bytes.clear();
    const auto time = static_cast<std::uint64_t>(i) * 40'000'000;
    bad += encoder->encode(pictures[static_cast<std::size_t>(i % 8)].view(), i % 16 == 9, bytes, time) ? 0 : 1;
    auto frame = latents->decode(bytes);
    bad += frame && decoder->decode((*frame)->latent, (*frame)->header.quality, out.mutable_view()) ? 0 : 1;
    counting = false;
  }
  CHECK(allocations.load() == 0);
  CHECK(bad == 0);
}

}  // namespace

TEST_CASE("allocations: none for a frame that is encoded and decoded, of whatever kind") {
  for (int slice_rows : {0, 2}) {
    CAPTURE(slice_rows);
    expect_none(150, 90, {.quality = 50, .key_interval = 6, .anchor_interval = 2, .slice_rows = slice_rows});
  }
}

TEST_CASE("allocations: none where only some tiles are computed, qualities change, or a bit rate is kept") {
  expect_none(400, 300, {.quality = 50, .key_interval = 0, .anchor_interval = 2});
  // The best qualities first, which grow every buffer.
  expect_none(400, 300, {.quality = 63, .key_interval = 0, .anchor_interval = 2},
              [](FrameEncoder& encoder, int i) { REQUIRE(encoder.set_quality(i < 16 ? 63 - i % 2 : 30 + i % 9)); });
  expect_none(400, 300, {.quality = 63, .key_interval = 8}, [](FrameEncoder& encoder, int i) {
    if (i < 16) REQUIRE(encoder.set_quality(63 - i % 2));
    if (i == 16) encoder.set_limits({.bits_per_second = 200'000});
  });
}

TEST_CASE("allocations: none with several frames in work at once") {
  constexpr int kWidth = 400, kHeight = 300;
  const test::TempDir dir;
  auto bundle = Bundle::load(test::make_toy_bundle(dir.path()));
  REQUIRE(bundle);
  std::vector<Image> pictures;
  for (int i = 0; i < 8; ++i) pictures.push_back(test::scene(i, kWidth, kHeight, PixelFormat::i420, 4 * (i % 3)));
  Image out = Image::make(PixelFormat::i420, kWidth, kHeight);
  auto encoder = FrameEncoder::create(*bundle, {PixelFormat::i420, kWidth, kHeight, {}},
                                      {.quality = 50, .key_interval = 6, .frames = 3});
  auto latents = LatentDecoder::create(*bundle);
  auto decoder = FrameDecoder::create(*bundle, kWidth, kHeight, {.frames = 3, .format = {PixelFormat::i420, {}}});
  REQUIRE(encoder);
  REQUIRE(latents);
  REQUIRE(decoder);
  Bytes bytes;
  bytes.reserve(1 << 20);
  int bad = 0, shown = 0;
  allocations = 0;
  for (int i = 0; i < 48; ++i) {
    counting = i >= 24;
    encoder->begin(pictures[static_cast<std::size_t>(i % 8)].view(), i % 16 == 9);
    while (encoder->is_full()) {
      bytes.clear();
      bad += encoder->finish(bytes) ? 0 : 1;
      auto frame = latents->decode(bytes);
      bad += frame && decoder->begin((*frame)->latent, (*frame)->header.quality) ? 0 : 1;
    }
    for (; decoder->is_full(); ++shown) bad += decoder->finish(out.mutable_view()) ? 0 : 1;
    counting = false;
  }
  CHECK(allocations.load() == 0);
  CHECK(bad == 0);
  CHECK(shown == 48 - 2 - 2);
}
