// tests/golden/codec.exact: frames of the toy's tables, in hex, each followed by its integers. Both ways must
// agree on every machine and in every later version, or the format's digit must change.
//
// LATENTCAST_WRITE_GOLDEN=1 writes the file anew; the commit then says why.
#include <cstdlib>
#include <sstream>

#include "base/file.h"
#include "codec/latent_decoder.h"
#include "codec/latent_encoder.h"
#include "latents.h"

using namespace lc;
using namespace lc::codec;

namespace {

constexpr std::uint32_t kSpace = 0x746f7931;
constexpr int kWidth = 70, kHeight = 40, kRows = 3, kColumns = 5;

struct Golden {
  std::string kind, hex;
  std::vector<std::int16_t> integers;
};

std::vector<Golden> read(const std::string& text) {
  std::vector<Golden> frames;
  std::istringstream lines(text);
  for (std::string word; lines >> word;) {
    Golden frame;
    frame.kind = word;
    lines >> frame.hex;
    for (int i = 0; i < kRows * kColumns * 16; ++i) {
      int value = 0;
      lines >> value;
      frame.integers.push_back(static_cast<std::int16_t>(value));
    }
    REQUIRE(lines);
    frames.push_back(frame);
  }
  return frames;
}

Latent latent_of(const Golden& frame) {
  Latent latent;
  latent.reset(kRows, kColumns, 16);
  std::copy(frame.integers.begin(), frame.integers.end(), latent.values().begin());
  return latent;
}

FrameKind kind_of(const std::string& word) {
  return word == "key" ? FrameKind::key : word == "anchor" ? FrameKind::anchor : FrameKind::ordinary;
}

void encode(LatentEncoder& encoder, Latent latent, FrameKind kind, std::uint32_t id, Bytes& out) {
  encoder.encode(latent, {}, 40, kind, kind == FrameKind::key ? nullptr : &encoder.references().last(), id, out);
  if (kind != FrameKind::ordinary) encoder.keep(latent, 40, kind, id);
}

void write(const std::filesystem::path& path) {
  LatentEncoder encoder(test::parse_model(test::toy_tables()), kSpace, kWidth, kHeight, 2);
  std::string text;
  Latent latent = test::random_latent(kRows, kColumns, 16, 77);
  std::uint32_t id = 0;
  for (const char* kind : {"key", "ordinary", "anchor", "ordinary", "key"}) {
    Bytes bytes;
    encode(encoder, latent, kind_of(kind), id, bytes);
    text += fmt::format("{}\n{}\n", kind, to_hex(bytes));
    for (std::size_t i = 0; i < latent.values().size(); ++i)
      text += fmt::format("{}{}", latent.values()[i], i % 16 == 15 ? "\n" : " ");
    latent = test::next_latent(latent, ++id);
  }
  REQUIRE(save_file(path, as_bytes(text)));
}

}  // namespace

TEST_CASE("golden: the frames of codec.exact decode to its integers and are encoded to its bytes") {
  const auto path = test::source_root() / "tests/golden/codec.exact";
  if (std::getenv("LATENTCAST_WRITE_GOLDEN")) write(path);
  const auto content = load_file(path);
  REQUIRE(content);
  const auto frames = read(std::string(as_text(*content)));
  REQUIRE(frames.size() == 5);
  const auto model = test::parse_model(test::toy_tables());
  LatentEncoder encoder(model, kSpace, kWidth, kHeight, 2);
  auto decoder = LatentDecoder::create(model, kSpace);
  std::uint32_t id = 0;
  for (const Golden& golden : frames) {
    CAPTURE(id);
    const auto bytes = from_hex(golden.hex);
    REQUIRE(bytes);
    auto frame = decoder.decode(*bytes);
    REQUIRE(frame);
    CHECK((*frame)->latent == latent_of(golden));
    Bytes again;
    encode(encoder, latent_of(golden), kind_of(golden.kind), id, again);
    CHECK(to_hex(again) == golden.hex);
    ++id;
  }
}
