#include "codec/bundle.h"

#include <cstdlib>

#include "base/file.h"
#include "support/test.h"
#include "support/toy_bundle.h"

using namespace lc;
using codec::Bundle;

namespace {

std::string text_of(const std::filesystem::path& path) {
  const auto bytes = load_file(path);
  REQUIRE(bytes);
  return std::string(as_text(*bytes));
}

// The toy with one piece of its manifest replaced.
std::string refusal(const std::filesystem::path& toy, const std::string& from, const std::string& to) {
  std::string manifest = text_of(toy / "manifest.yaml");
  const std::size_t at = manifest.find(from);
  REQUIRE(at != std::string::npos);
  manifest.replace(at, from.size(), to);
  REQUIRE(save_file(toy / "manifest.yaml", as_bytes(manifest)));
  auto bundle = Bundle::load(toy);
  REQUIRE_FALSE(bundle);
  std::string text = bundle.error().text;
  const std::string folder = toy.string() + "/";
  for (std::size_t i = text.find(folder); i != std::string::npos; i = text.find(folder))
    text.erase(i, folder.size());
  return text;
}

class SetModels {
 public:
  explicit SetModels(const std::string& value) { ::setenv("LATENTCAST_MODELS", value.c_str(), 1); }
  ~SetModels() { ::unsetenv("LATENTCAST_MODELS"); }
};

}  // namespace

TEST_CASE("bundle: a toy loads by path and by name, with its manifest, files and id") {
  test::TempDir dir;
  const auto path = test::make_toy_bundle(dir.path());
  auto bundle = Bundle::load(path);
  REQUIRE(bundle);
  CHECK((*bundle)->name() == "toy");
  CHECK((*bundle)->kind() == codec::BundleKind::autoencoder);
  CHECK((*bundle)->latent_channels() == 16);
  CHECK((*bundle)->input_channels() == 3);
  CHECK((*bundle)->qualities() == 64);
  CHECK((*bundle)->entropy().channels() == 16);
  CHECK((*bundle)->file("CARD.md"));
  CHECK((*bundle)->graph("encoder.onnx"));
  CHECK((*bundle)->latent_space_hex().substr(0, 8) == codec::short_hex((*bundle)->latent_space_short()));

  SetModels models("/nowhere:" + dir.path().string());
  auto named = Bundle::load("toy");
  REQUIRE(named);
  CHECK((*named)->latent_space() == (*bundle)->latent_space());
}

TEST_CASE("bundle: the latent-space id depends on every file and on nothing else") {
  test::TempDir one, two;
  const auto first = Bundle::load(test::make_toy_bundle(one.path()));
  const auto again = Bundle::load(test::make_toy_bundle(two.path()));
  const auto other =
      Bundle::load(test::make_toy_bundle(one.path(), {.name = "toy2", .gray = false, .variant = 1}));
  REQUIRE(first);
  REQUIRE(again);
  REQUIRE(other);
  CHECK((*first)->latent_space() == (*again)->latent_space());
  CHECK((*first)->latent_space() != (*other)->latent_space());
}

TEST_CASE("bundle: an unknown name lists what there is and what was perhaps meant") {
  test::TempDir dir;
  test::make_toy_bundle(dir.path());
  SetModels models(dir.path().string());
  auto bundle = Bundle::load("tpy");
  REQUIRE_FALSE(bundle);
  CHECK(bundle.error().code == Errc::not_found);
  CHECK(bundle.error().text.find("no model 'tpy'") == 0);
  CHECK(bundle.error().text.find("did you mean 'toy'") != std::string::npos);
  CHECK(Bundle::load(dir / "absent").error().text.find("no bundle there") != std::string::npos);
  CHECK_FALSE(Bundle::load(""));
}

TEST_CASE("bundle: a role without its file loads, and says so where it is needed") {
  test::TempDir dir;
  const auto path = test::make_toy_bundle(dir.path());
  std::filesystem::remove(path / "encoder.onnx");
  auto bundle = Bundle::load(path);
  REQUIRE(bundle);
  CHECK((*bundle)->graph("decoder.onnx"));
  auto encoder = (*bundle)->graph("encoder.onnx");
  REQUIRE_FALSE(encoder);
  CHECK(encoder.error().text.find("lacks the file") != std::string::npos);
}

TEST_CASE("bundle: loaded twice it is one, until it changes on disk") {
  test::TempDir dir;
  const auto path = test::make_toy_bundle(dir.path());
  const auto first = Bundle::load(path);
  REQUIRE(first);
  CHECK(Bundle::load(path).value() == *first);
  std::filesystem::rename(path / "encoder.onnx", dir / "encoder.onnx");
  const auto without = Bundle::load(path);
  REQUIRE(without);
  CHECK(*without != *first);
  CHECK_FALSE((*without)->file("encoder.onnx"));
  std::filesystem::rename(dir / "encoder.onnx", path / "encoder.onnx");
  CHECK(Bundle::load(path).value() == *first);
  REQUIRE(save_file(path / "CARD.md", as_bytes("something else")));
  CHECK_FALSE(Bundle::load(path));
}

TEST_CASE("bundle: a changed file is refused by name") {
  test::TempDir dir;
  const auto path = test::make_toy_bundle(dir.path());
  REQUIRE(save_file(path / "CARD.md", as_bytes("something else")));
  auto bundle = Bundle::load(path);
  REQUIRE_FALSE(bundle);
  CHECK(bundle.error().code == Errc::refused);
  CHECK(bundle.error().text.find("CARD.md: differs from its digest") != std::string::npos);
}

TEST_CASE("bundle: each mistake in a manifest has its place and its sentence") {
  test::TempDir dir;
  const auto toy = test::make_toy_bundle(dir.path());
  SUBCASE("unknown key") {
    CHECK(refusal(toy, "summary:", "sumary:").find("manifest.yaml:4:1: sumary") == 0);
  }
  SUBCASE("kind") {
    CHECK(refusal(toy, "kind: autoencoder", "kind: autodecoder") ==
          "manifest.yaml:2:7: kind: expected one of autoencoder, classifier, found 'autodecoder'");
  }
  SUBCASE("format of the future") {
    CHECK(refusal(toy, "format: 1", "format: 2").find("manifest.yaml:3:9: format") == 0);
  }
  SUBCASE("channels that the tables do not have") {
    CHECK(refusal(toy, "latent: {channels: 16", "latent: {channels: 17") ==
          "entropy.bin: 16 channels and 64 qualities, the manifest says 17 and 64");
  }
  SUBCASE("no tables") {
    CHECK(refusal(toy, "entropy.bin:", "entropy2.bin:").find("entropy.bin") != std::string::npos);
  }
  SUBCASE("a file outside the folder") {
    CHECK(refusal(toy, "CARD.md:", "../CARD.md:").find("expected the plain name of a file") !=
          std::string::npos);
  }
  SUBCASE("a digest too short") {
    CHECK(refusal(toy, "CARD.md: ", "CARD.md: ab # ").find("expected a digest, 64 hexadecimal digits") !=
          std::string::npos);
  }
  SUBCASE("coding") {
    CHECK(refusal(toy, "coding: rans", "coding: zip") ==
          "manifest.yaml:7:9: coding: expected one of rans, raw, found 'zip'");
  }
}
