// Version 1 of the codec, pinned: tests/golden/codec.tables is an entropy.bin with every section, codec.exact has frames
// coded with it, in hex, each followed by its integers. Both ways must agree on every machine and in every later version;
// another bitstream takes another version.
//
// LATENTCAST_WRITE_GOLDEN=1 writes both anew, which only a new version may.
#include <algorithm>
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
constexpr int kWidth = 70, kHeight = 40, kRows = 3, kColumns = 5, kChannels = 16;

struct Golden {
  std::string kind, reference;  // of a frame: key, anchor, ordinary; -, key, last
  int quality = 0;
  std::string hex;
  std::vector<std::int16_t> integers;
};

// In each frame something else: another quality than its reference, either reference, either level of the tables.
const Golden kFrames[] = {{"key", "-", 40, {}, {}},       {"ordinary", "last", 40, {}, {}}, {"anchor", "last", 20, {}, {}},
                          {"ordinary", "last", 55, {}, {}}, {"anchor", "key", 40, {}, {}},    {"ordinary", "last", 40, {}, {}},
                          {"key", "-", 9, {}, {}},        {"anchor", "key", 63, {}, {}},    {"ordinary", "key", 63, {}, {}}};

std::vector<Golden> read(const std::string& text) {
  std::vector<Golden> frames;
  std::istringstream lines(text);
  for (std::string word; lines >> word;) {
    Golden frame;
    frame.kind = word;
    lines >> frame.quality >> frame.reference >> frame.hex;
    for (int i = 0; i < kRows * kColumns * kChannels; ++i) {
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
  latent.reset(kRows, kColumns, kChannels);
  std::copy(frame.integers.begin(), frame.integers.end(), latent.values().begin());
  return latent;
}

FrameKind kind_of(const std::string& word) {
  return word == "key" ? FrameKind::key : word == "anchor" ? FrameKind::anchor : FrameKind::ordinary;
}

Bytes encode(LatentEncoder& encoder, Latent latent, const Golden& frame, std::uint32_t id) {
  Bytes out;
  References& references = encoder.references();
  const FrameKind kind = kind_of(frame.kind);
  Reference* const reference = frame.reference == "-"     ? nullptr
                               : frame.reference == "key" ? &references.key()
                                                          : &references.last();
  encoder.encode(latent, {}, frame.quality, kind, reference, id, out);
  if (kind != FrameKind::ordinary) encoder.keep(latent, frame.quality, kind, id);
  return out;
}

test::EntropyTables tables() {
  auto tables = test::predicting_tables();
  tables.predictors[1] = {{2, {{0, 2, 256}, {3, 1, -20}, {4, 0, 50}}}};
  tables.delta_weights = tables.weights;
  for (auto& level : tables.delta_weights) level.bias.assign(kChannels, 40);
  for (int i = 0; i < 5; ++i)
    for (const int share : {2600 - 400 * i, 496 + 100 * i, 1000 + 300 * i})
      tables.modes.push_back(static_cast<std::uint16_t>(share));
  return tables;
}

void write(const std::filesystem::path& folder) {
  const Bytes packed = test::pack(tables());
  REQUIRE(save_file(folder / "codec.tables", packed));
  LatentEncoder encoder(test::parse_model(tables()), kSpace, kWidth, kHeight, 2);
  std::string text;
  Latent latent = test::random_latent(kRows, kColumns, kChannels, 77);
  std::uint32_t id = 0;
  for (const Golden& frame : kFrames) {
    text += fmt::format("{} {} {}\n{}\n", frame.kind, frame.quality, frame.reference,
                        to_hex(encode(encoder, latent, frame, id)));
    for (std::size_t i = 0; i < latent.values().size(); ++i)
      text += fmt::format("{}{}", latent.values()[i], i % kChannels == kChannels - 1 ? "\n" : " ");
    latent = test::next_latent(latent, ++id);
  }
  REQUIRE(save_file(folder / "codec.exact", as_bytes(text)));
}

}  // namespace

TEST_CASE("golden: the frames of codec.exact decode to its integers and are encoded to its bytes") {
  const auto folder = test::source_root() / "tests/golden";
  if (std::getenv("LATENTCAST_WRITE_GOLDEN")) write(folder);
  const auto content = load_file(folder / "codec.exact"), packed = load_file(folder / "codec.tables");
  REQUIRE(content);
  REQUIRE(packed);
  const auto frames = read(std::string(as_text(*content)));
  REQUIRE(frames.size() == std::size(kFrames));
  auto parsed = EntropyModel::parse(*packed);
  REQUIRE(parsed);
  const auto model = std::make_shared<const EntropyModel>(std::move(*parsed));
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
    CHECK(to_hex(encode(encoder, latent_of(golden), golden, id)) == golden.hex);
    ++id;
  }
}
