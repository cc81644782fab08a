// tests/golden/replay.lcr, a recording of two sessions, and replay.exact, what it holds: for each frame its PTS, the
// fingerprint of its integers and its label. Every later version must read them so, on every machine and thread count.
//
// LATENTCAST_WRITE_GOLDEN=1 writes both anew, with new random keys inside; the commit then says why.
#include <sys/stat.h>

#include <cstdlib>
#include <random>
#include <sstream>

#include "base/file.h"
#include "codec/latent_decoder.h"
#include "elements/codec_support.h"
#include "elements/file_rig.h"
#include "elements/glue/labels_meta.h"
#include "seal/keyring.h"
#include "seal/sealer.h"
#include "support/classifier_bundle.h"
#include "support/format_page.h"
#include "unit/seal/recording_support.h"

using namespace lc;
using test::bytes_of;
using test::FileRig;
using test::Ptr;
using test::TempDir;

namespace {

using recording::test::kFrameNs;
using recording::test::kStart;
using recording::test::must;

constexpr int kFirst = 100, kSecond = 40;  // frames of the two sessions; one of the first is missing

std::filesystem::path golden(const char* name) { return test::source_root() / "tests/golden" / name; }

// The device and the receiver of runtime/seal/FORMAT.md.
struct GoldenRings {
  TempDir folder;
  seal::KeyRing device = ring("device"), receiver = ring("receiver");

  GoldenRings() {
    must(device.pin(must(receiver.identity(seal::Role::receiver))).map([](bool) {}));
    must(receiver.pin(must(device.identity(seal::Role::device))).map([](bool) {}));
  }
  std::string decrypt() const { return "latentdecrypt keyring=" + receiver.folder().string(); }

 private:
  seal::KeyRing ring(const std::string& role) const {
    auto made = must(seal::KeyRing::create(folder / role));
    const auto file = folder / role / (role + ".key");
    must(save_file(file, as_bytes(test::page_block("runtime/seal/FORMAT.md", role + ".key"))));
    ::chmod(file.c_str(), 0600);
    return made;
  }
};

const std::string& classifier() {
  static const TempDir folder;
  static const std::string path = test::make_classifier_bundle(folder.path()).string();
  return path;
}

std::string launch(const GoldenRings& rings, int threads) {
  return fmt::format("latentdemux ! {} ! aedecode model={} threads={} ! cnnclassify model={} threads={}",
                     rings.decrypt(), test::toy_model(), threads, classifier(), threads);
}

// Red, then green, then blue, with something that moves.
Image picture(int number) {
  Image image = Image::make(PixelFormat::rgb, 64, 48);
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 64; ++x)
      for (int c = 0; c < 3; ++c) {
        const bool is_lit = number / 50 % 3 == c;
        const int stripe = (x + 2 * number) / 16 % 2 * 25;
        image.mutable_view().row(0, y)[3 * x + c] = static_cast<std::uint8_t>((is_lit ? 190 : 50) + stripe - y / 4);
      }
  return image;
}

Bytes record() {
  const GoldenRings rings;
  const auto bundle = must(codec::Bundle::load(test::toy_model()));
  recording::SectionWriter writer;
  Bytes out;
  const std::string caps = fmt::format(
      "video/x-latent, format=(string)RGB, width=(int)64, height=(int)48, "
      "framerate=(fraction)25/1, latent-space=(string){}",
      bundle->latent_space_hex());
  std::uint64_t time = kStart;
  for (const int frames : {kFirst, kSecond}) {
    auto encoder = must(codec::FrameEncoder::create(bundle, {.width = 64, .height = 48}, {.key_interval = 30}));
    auto sealer = must(seal::Sealer::create(rings.device));
    for (int i = 0; i < frames; ++i, time += kFrameNs) {
      if (i % 25 == 0) must(writer.add(must(sealer.announcement()), time, out));
      Bytes coded;
      const auto encoded = must(encoder.encode(picture(i).view(), false, coded));
      seal::Fields fields;
      fields.pts_ns = static_cast<std::uint64_t>(i) * kFrameNs;
      fields.duration_ns = kFrameNs;
      if (encoded.is_key()) fields.description = caps;
      Bytes sealed(sealer.size_limit(coded.size()));
      sealed.resize(
          must(sealer.seal_frame({.is_key_frame = encoded.is_key(), .capture_ns = time}, fields, coded, sealed)));
      if (frames == kFirst && i == 47) continue;  // lost on the way
      must(writer.add(sealed, time + 3'000'000, out));
    }
    Bytes end(sealer.size_limit(0));
    end.resize(must(sealer.seal_end(time, end)));
    must(writer.add(end, time, out));
  }
  writer.finish(time, out);
  return out;
}

// A line for each frame: PTS, fingerprint of the integers (- where they cannot be decoded), label.
std::vector<std::string> replay(const std::string& file, const GoldenRings& rings, int threads) {
  FileRig latents("latentdemux ! " + rings.decrypt(), file), labels(launch(rings, threads), file);
  for (FileRig* rig : {&latents, &labels}) rig->play();
  for (FileRig* rig : {&latents, &labels}) REQUIRE(rig->ends());
  CHECK(labels.messages().errors.empty());
  auto decoder = must(codec::LatentDecoder::create(must(codec::Bundle::load(test::toy_model()))));
  const auto coded = latents.buffers(), shown = labels.buffers();
  REQUIRE(coded.size() == shown.size());
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < coded.size(); ++i) {
    const std::string bytes = bytes_of(coded[i].get());
    const auto frame = decoder.decode(as_bytes(bytes));
    const auto found = elements::labels_of(shown[i].get());
    REQUIRE(found);
    CHECK(GST_BUFFER_PTS(coded[i].get()) == GST_BUFFER_PTS(shown[i].get()));
    lines.push_back(fmt::format("{} {} {}", GST_BUFFER_PTS(coded[i].get()),
                                frame ? fmt::format("{:08x}", codec::fingerprint((*frame)->latent)) : "-",
                                found->answer() ? found->answer()->name : "none"));
  }
  return lines;
}

std::string load_text(const char* name) { return std::string(as_text(must(load_file(golden(name))))); }

}  // namespace

TEST_CASE("replay: the golden recording gives the same integers and labels, on every run and thread count") {
  const GoldenRings rings;
  if (std::getenv("LATENTCAST_WRITE_GOLDEN")) {
    const Bytes made = record();
    must(save_file(golden("replay.lcr"), made));
    std::string text;
    for (const auto& line : replay(std::string(as_text(made)), rings, 1)) text += line + "\n";
    must(save_file(golden("replay.exact"), as_bytes(text)));
  }
  const std::string file = load_text("replay.lcr");
  std::vector<std::string> expected;
  std::istringstream text(load_text("replay.exact"));
  for (std::string line; std::getline(text, line);) expected.push_back(line);
  REQUIRE(expected.size() == kFirst + kSecond - 1);
  for (const int threads : {1, 1, 2, 3}) CHECK(replay(file, rings, threads) == expected);
}

TEST_CASE("replay: a seek into the golden recording shows the frame of that time, with its label") {
  const GoldenRings rings;
  FileRig rig(launch(rings, 1), load_text("replay.lcr"));
  rig.play();
  REQUIRE(rig.ends());
  const auto times = rig.stream_times();
  std::vector<std::string> pictures;
  for (const auto& buffer : rig.buffers()) pictures.push_back(bytes_of(buffer.get()));
  REQUIRE(pictures.size() == kFirst + kSecond - 1);
  std::mt19937 random(1);
  for (int i = 0; i < 30; ++i) {
    const std::size_t frame = random() % pictures.size();
    CAPTURE(frame);
    REQUIRE(rig.seek(times[frame] + kFrameNs / 2));
    REQUIRE(rig.ends());
    const auto seen = rig.buffers();
    REQUIRE(seen.size() == pictures.size() - frame);
    CHECK(bytes_of(seen[0].get()) == pictures[frame]);
    CHECK(elements::labels_of(seen[0].get()));
  }
}

TEST_CASE("replay: with a model of another latent space an error names both, and no picture comes") {
  const GoldenRings rings;
  FileRig rig(fmt::format("latentdemux ! {} ! aedecode model={}", rings.decrypt(), test::toy_model(1)),
              load_text("replay.lcr"));
  rig.play();
  REQUIRE(rig.ends());
  const auto messages = rig.messages();
  REQUIRE_FALSE(messages.errors.empty());  // the demuxer then says that it could not go on
  CHECK(messages.errors[0].text.find("the stream needs the latent space") != std::string::npos);
  CHECK(rig.buffers().empty());
}

TEST_CASE(
    "replay: a wrong byte anywhere costs one frame at most; what waited for a damaged announcement opens with the "
    "next") {
  const GoldenRings rings;
  const std::string file = load_text("replay.lcr");
  std::mt19937 random(8);
  for (int i = 0; i < 400; ++i) {
    std::string damaged = file;
    const std::size_t at = random() % file.size();
    damaged[at] ^= static_cast<char>(1 + random() % 255);
    CAPTURE(at);
    FileRig rig("latentdemux ! " + rings.decrypt(), damaged);
    rig.play();
    REQUIRE(rig.ends());
    REQUIRE(rig.messages().errors.empty());
    REQUIRE(rig.count("latentdecrypt", "frames-opened") >= kFirst + kSecond - 2);
  }
}
