// Frames of integers there and back: headers, references, losses, hostile bytes.
#include <algorithm>

#include "codec/latent_decoder.h"
#include "codec/latent_encoder.h"
#include "format_page.h"
#include "latents.h"

using namespace lc;
using namespace lc::codec;

namespace {

using test::next_latent;
using test::random_latent;

constexpr std::uint32_t kSpace = 0x3f9a12c0;
constexpr int kWidth = 77, kHeight = 50;  // 5 x 4 positions

struct Pair {
  explicit Pair(int slice_rows = 0)
      : model(test::parse_model(test::toy_tables())),
        encoder(model, kSpace, kWidth, kHeight, slice_rows),
        decoder(LatentDecoder::create(model, kSpace)) {}

  Bytes encode(Latent latent, FrameKind kind, int quality = 40) {
    Bytes out;
    encoder.encode(latent, {}, quality, kind, kind == FrameKind::key ? nullptr : &encoder.references().last(), id, out);
    if (kind != FrameKind::ordinary) encoder.keep(latent, quality, kind, id);
    ++id;
    return out;
  }
  // The fault, or nothing where the frame decodes to `latent`.
  std::optional<DecodeFault> fault(ByteSpan bytes, const Latent& latent) {
    auto frame = decoder.decode(bytes);
    if (!frame) return frame.error().fault;
    CHECK((*frame)->latent == latent);
    return std::nullopt;
  }

  std::shared_ptr<const EntropyModel> model;
  LatentEncoder encoder;
  LatentDecoder decoder;
  std::uint32_t id = 0xfffffffe;  // so that it wraps
};

Latent scene(int number) {
  Latent latent = random_latent(4, 5, 16, 1);
  for (int i = 0; i < number; ++i) latent = next_latent(latent, static_cast<std::uint32_t>(i));
  return latent;
}

}  // namespace

TEST_CASE("latent codec: key, anchor and ordinary frames come back, in one slice or many") {
  for (int slice_rows : {0, 1, 3}) {
    CAPTURE(slice_rows);
    Pair pair(slice_rows);
    const FrameKind kinds[] = {FrameKind::key,    FrameKind::ordinary, FrameKind::ordinary,
                               FrameKind::anchor, FrameKind::anchor,   FrameKind::ordinary,
                               FrameKind::key,    FrameKind::ordinary};
    int number = 0;
    for (FrameKind kind : kinds) {
      CAPTURE(number);
      const Latent latent = scene(number++);
      const Bytes bytes = pair.encode(latent, kind);
      auto header = LatentDecoder::peek(bytes);
      REQUIRE(header);
      CHECK(header->kind == kind);
      CHECK(header->width == kWidth);
      CHECK(header->slices() == (slice_rows == 0 ? 1 : slice_rows == 1 ? 4 : 2));
      CHECK_FALSE(pair.fault(bytes, latent));
    }
  }
}

TEST_CASE(
    "latent codec: a lost ordinary frame costs itself only, a lost anchor the frames up to the next key") {
  Pair pair;
  const Bytes key = pair.encode(scene(0), FrameKind::key);
  const Bytes lost_ordinary = pair.encode(scene(1), FrameKind::ordinary);
  const Bytes ordinary = pair.encode(scene(2), FrameKind::ordinary);
  const Bytes lost_anchor = pair.encode(scene(3), FrameKind::anchor);
  const Bytes after_loss = pair.encode(scene(4), FrameKind::ordinary);
  const Bytes anchor = pair.encode(scene(5), FrameKind::anchor);
  const Bytes next_key = pair.encode(scene(6), FrameKind::key);
  const Bytes after_key = pair.encode(scene(7), FrameKind::anchor);

  CHECK(pair.fault(ordinary, scene(2)) == DecodeFault::missing_reference);  // nothing came yet
  CHECK_FALSE(pair.fault(key, scene(0)));
  CHECK_FALSE(pair.fault(ordinary, scene(2)));
  CHECK(pair.fault(after_loss, scene(4)) == DecodeFault::missing_reference);
  CHECK(pair.decoder.decode(after_loss).error().text ==
        "frame 2 needs frame 1; here are the key frame 4294967294 and frame 4294967294");
  CHECK(pair.fault(anchor, scene(5)) == DecodeFault::missing_reference);
  CHECK_FALSE(pair.fault(next_key, scene(6)));
  CHECK_FALSE(pair.fault(after_key, scene(7)));
  pair.decoder.reset();
  CHECK(pair.fault(after_key, scene(7)) == DecodeFault::missing_reference);
}

TEST_CASE("latent codec: whoever comes with a later key frame can read all that follows") {
  Pair pair;
  pair.encode(scene(0), FrameKind::key);
  pair.encode(scene(1), FrameKind::anchor);
  const std::uint32_t key_id = pair.id;
  const Bytes key = pair.encode(scene(2), FrameKind::key);
  const Bytes ordinary = pair.encode(scene(3), FrameKind::ordinary);
  const Bytes anchor = pair.encode(scene(4), FrameKind::anchor);
  for (const Bytes& bytes : {ordinary, anchor}) CHECK(LatentDecoder::peek(bytes)->reference_id == key_id);
  CHECK_FALSE(pair.fault(key, scene(2)));
  CHECK_FALSE(pair.fault(ordinary, scene(3)));
  CHECK_FALSE(pair.fault(anchor, scene(4)));
}

TEST_CASE("latent codec: a reference with the right id and other integers is a missing one") {
  Pair sender, other;
  sender.encode(scene(0), FrameKind::key);
  const Bytes other_key = other.encode(scene(1), FrameKind::key);
  const Bytes ordinary = sender.encode(scene(2), FrameKind::ordinary);
  CHECK_FALSE(sender.fault(other_key, scene(1)));
  CHECK(sender.fault(ordinary, scene(2)) == DecodeFault::missing_reference);
  CHECK(sender.decoder.decode(ordinary).error().text ==
        "frame 4294967295 needs another frame 4294967294 than the one that came");
}

TEST_CASE("latent codec: a refused frame leaves the reference as it was") {
  Pair pair;
  const Bytes key = pair.encode(scene(0), FrameKind::key);
  const Bytes anchor = pair.encode(scene(1), FrameKind::anchor);
  CHECK_FALSE(pair.fault(key, scene(0)));
  const ByteSpan damaged = ByteSpan(anchor).first(anchor.size() - 1);
  CHECK(pair.fault(damaged, scene(1)) == DecodeFault::truncated);
  CHECK_FALSE(pair.fault(anchor, scene(1)));
}

TEST_CASE("latent codec: another model is named, with both ids") {
  Pair pair;
  const Bytes key = pair.encode(scene(0), FrameKind::key);
  auto stranger = LatentDecoder::create(pair.model, 0x77c1aaaa);
  auto refused = stranger.decode(key);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().fault == DecodeFault::other_model);
  CHECK(refused.error().text == "the stream needs the model 3f9a12c0..., this receiver has 77c1aaaa...");
}

TEST_CASE(
    "latent codec: pictures above the receiver's or anybody's limits are refused before memory is taken") {
  Pair pair;
  const Bytes key = pair.encode(scene(0), FrameKind::key);
  auto small = LatentDecoder::create(pair.model, kSpace, {64, 64});
  CHECK(small.decode(key).error().fault == DecodeFault::too_large);

  // 8192 x 8192 with 512 channels would be 134 million latents.
  auto big = test::parse_model(test::toy_tables(512));
  auto decoder = LatentDecoder::create(big, kSpace);
  Bytes bytes;
  Writer writer(bytes);
  FrameHeader header;
  header.latent_space = kSpace;
  header.width = header.height = 8192;
  header.slice_rows = 512;
  pack(header, writer);
  CHECK(decoder.decode(bytes).error().fault == DecodeFault::too_large);
}

TEST_CASE("latent codec: each header field out of range is corrupt") {
  Pair pair;
  const Bytes key = pair.encode(scene(0), FrameKind::key);
  const auto with = [&](std::size_t offset, std::initializer_list<int> bytes) {
    Bytes changed = key;
    for (int byte : bytes) changed[offset++] = static_cast<std::byte>(byte);
    auto frame = pair.decoder.decode(changed);
    REQUIRE_FALSE(frame);
    CHECK(frame.error().fault == DecodeFault::corrupt);
    return frame.error().text;
  };
  CHECK(with(0, {'P'}) == "not a coded frame: it begins with 0x5031");
  CHECK(with(1, {'2'}) == "a frame of format version 0x32, this one reads 0x31");
  CHECK(with(6, {0, 0}) == "a picture of 0 x 50, sides are 1..8192");
  CHECK(with(8, {0x20, 1}) == "a picture of 77 x 8193, sides are 1..8192");
  CHECK(with(10, {3}) == "frame flags 0x3");
  CHECK(with(11, {64}) == "quality 64, allowed are 0..63");
  CHECK(with(16, {0, 0}) == "slices of 0 rows in 4 rows");
  CHECK(with(16, {0, 5}) == "slices of 5 rows in 4 rows");
  CHECK(with(18, {0xff}) == "slice byte 0xff: there are 1, 2 or 4 lanes and 1 mode sets");
}

TEST_CASE("latent codec: every prefix is refused, every flipped bit refused or bounded") {
  for (int slice_rows : {0, 1}) {
    Pair pair(slice_rows);
    const Bytes key = pair.encode(scene(0), FrameKind::key);
    const Bytes anchor = pair.encode(scene(1), FrameKind::anchor);
    for (const Bytes& good : {key, anchor}) {
      for (std::size_t length = 0; length < good.size(); ++length) {
        pair.decoder.reset();
        REQUIRE(pair.decoder.decode(key));
        auto frame = pair.decoder.decode(ByteSpan(good).first(length));
        REQUIRE_FALSE(frame);
        CHECK((frame.error().fault == DecodeFault::truncated || frame.error().fault == DecodeFault::corrupt));
      }
      for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        Bytes bytes = good;
        bytes[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
        pair.decoder.reset();
        REQUIRE(pair.decoder.decode(key));
        auto frame = pair.decoder.decode(bytes);
        if (!frame) continue;
        for (std::int16_t q : (*frame)->latent.values()) REQUIRE(q >= -kMaxLatentValue);
      }
    }
  }
}

TEST_CASE(
    "latent codec: the frames of FORMAT.md decode to the page's integers, and are what the encoder writes") {
  auto parsed = EntropyModel::parse(test::page_bytes("entropy.bin"));
  REQUIRE(parsed);
  auto model = std::make_shared<const EntropyModel>(std::move(*parsed));
  LatentEncoder encoder(model, kSpace, 40, 16, 0);
  auto decoder = LatentDecoder::create(model, kSpace);
  std::uint32_t id = 7;
  for (const char* name : {"key frame", "ordinary frame"}) {
    CAPTURE(name);
    const auto integers = test::page_integers(name);
    REQUIRE(integers.size() == 9);
    Latent latent;
    latent.reset(1, 3, 3);
    std::copy(integers.begin(), integers.end(), latent.values().begin());
    const FrameKind kind = id == 7 ? FrameKind::key : FrameKind::ordinary;
    Bytes bytes;
    encoder.encode(latent, {}, 0, kind, id == 7 ? nullptr : &encoder.references().last(), id, bytes);
    if (id == 7) encoder.keep(latent, 0, kind, id);
    CHECK(to_hex(bytes) == to_hex(test::page_bytes(name)));
    auto frame = decoder.decode(test::page_bytes(name));
    REQUIRE(frame);
    CHECK((*frame)->latent == latent);
    CHECK((*frame)->header.frame_id == id);
    ++id;
  }
}
