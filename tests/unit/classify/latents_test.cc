// Classifiers on latents, of pictures that the toy bundle encoded.
#include <algorithm>

#include "classify/classifier.h"
#include "codec/frame_encoder.h"
#include "codec/latent_decoder.h"
#include "support/classifier_bundle.h"
#include "support/test.h"
#include "support/toy_bundle.h"

using namespace lc;
using namespace lc::classify;
using test::LatentNetwork;

namespace {

// One colour on the left of a picture, another on its right.
Image two_halves(int width, int height, std::array<std::uint8_t, 3> left, std::array<std::uint8_t, 3> right) {
  Image image = Image::make(PixelFormat::rgb, width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const auto& colour = x < width / 2 ? left : right;
      std::copy(colour.begin(), colour.end(), image.mutable_view().row(0, y) + 3 * x);
    }
  return image;
}

struct Toy {
  test::TempDir folder;
  std::shared_ptr<const codec::Bundle> codec = codec::Bundle::load(test::make_toy_bundle(folder.path())).value();

  codec::LatentFrame latents_of(const Image& picture) const {
    auto encoder =
        codec::FrameEncoder::create(codec, {.width = picture.width(), .height = picture.height()}, {.quality = 50})
            .value();
    Bytes bytes;
    REQUIRE(encoder.encode(picture.view(), true, bytes));
    auto decoder = codec::LatentDecoder::create(codec).value();
    const auto frame = decoder.decode(bytes);
    REQUIRE(frame);
    return **frame;
  }
  std::shared_ptr<const codec::Bundle> classifier(const LatentNetwork& network, const std::string& manifest) const {
    test::ClassifierBundle bundle{.name = "on-latents", .manifest = manifest, .onnx = test::latents_onnx(network)};
    return codec::Bundle::load(test::make_classifier_bundle(folder.path(), bundle)).value();
  }
  std::shared_ptr<const codec::Bundle> classifier(const LatentNetwork& network = {}) const {
    return classifier(network, test::latents_manifest(codec->latent_space_hex()));
  }
  std::string sentence(const std::shared_ptr<const codec::Bundle>& bundle, int width = 64, int height = 48) const {
    const auto made = Classifier::create(bundle, codec, width, height);
    return made ? "fine" : made.error().text;
  }
};

constexpr std::array<std::uint8_t, 3> kRed{200, 20, 20}, kGreen{20, 200, 20}, kBlue{20, 20, 200};

}  // namespace

TEST_CASE("classifier on latents: the integers of a frame are enough to name what it shows") {
  const Toy toy;
  auto classifier = Classifier::create(toy.classifier(), toy.codec, 64, 48);
  REQUIRE(classifier);
  Labels labels;
  for (const auto& [colour, name] : {std::pair{kRed, "red"}, {kGreen, "green"}, {kBlue, "blue"}}) {
    const auto frame = toy.latents_of(two_halves(64, 48, colour, colour));
    REQUIRE(classifier->classify(frame.latent, frame.header.quality, {}, labels));
    REQUIRE(labels.answer());
    CHECK(labels.answer()->name == name);
    CHECK(labels.answer()->confidence > 0.9f);
    CHECK(labels.region.empty());
  }
}

TEST_CASE("classifier on latents: evidence tells where") {
  const Toy toy;
  auto classifier = Classifier::create(toy.classifier(), toy.codec, 90, 48);
  REQUIRE(classifier);
  const auto frame = toy.latents_of(two_halves(90, 48, kRed, {110, 110, 110}));
  Labels labels;
  REQUIRE(classifier->classify(frame.latent, frame.header.quality, {}, labels));
  CHECK(labels.best[0].name == "red");
  const Evidence& evidence = labels.evidence;
  REQUIRE(evidence.rows == 3);
  REQUIRE(evidence.columns == 6);
  REQUIRE(evidence.values.size() == 18);
  CHECK(evidence.area == Rectangle{0, 0, 90, 48});
  for (int row = 0; row < 3; ++row) {
    CHECK(evidence.values[static_cast<std::size_t>(row * 6)] > 200);
    CHECK(evidence.values[static_cast<std::size_t>(row * 6 + 5)] < 130);  // gray: one of three
  }
}

TEST_CASE("classifier on latents: parts are positions, and rectangles pixels") {
  const Toy toy;
  const auto frame = toy.latents_of(two_halves(90, 50, {100, 100, 100}, kBlue));
  auto tiles = Classifier::create(toy.classifier(), toy.codec, 90, 50, {.region = Region::tiles, .tiles = 2});
  REQUIRE(tiles);
  Labels labels;
  REQUIRE(tiles->classify(frame.latent, frame.header.quality, {}, labels));
  CHECK(labels.answer()->name == "blue");
  CHECK(labels.region.x == 48);
  CHECK(labels.region.width == 90 - 48);
  CHECK(labels.evidence.area == labels.region);
  CHECK(labels.evidence.columns == 3);
  auto middle = Classifier::create(toy.classifier(), toy.codec, 90, 50, {.region = Region::center});
  REQUIRE(middle);
  REQUIRE(middle->classify(frame.latent, frame.header.quality, {}, labels));
  CHECK(labels.region == Rectangle{16, 16, 48, 32});
}

TEST_CASE("classifier on latents: a network for one size is refused at another, and the sentence says what would do") {
  const Toy toy;
  for (const bool open_sides : {true, false}) {
    CAPTURE(open_sides);
    const auto dense = toy.classifier({.rows = 3, .columns = 4, .open_sides = open_sides});
    CHECK(toy.sentence(dense) == "fine");
    const std::string sentence = toy.sentence(dense, 640, 480);
    CHECK_MESSAGE(
        sentence.starts_with("on-latents was made for latents of 4 x 3, here they are 40 x 30, and nothing is "
                             "resized: give pictures of 64 x 48, or a network that is convolutional up to a "
                             "global pooling, exported with open sides ("),
        sentence);
  }
  CHECK(toy.sentence(toy.classifier(), 640, 480) == "fine");
}

TEST_CASE("classifier on latents: what does not fit the autoencoder is refused") {
  const Toy toy;
  const auto other =
      codec::Bundle::load(test::make_toy_bundle(toy.folder.path(), {.name = "other", .variant = 1})).value();
  const std::string theirs = other->latent_space_hex(), ours = toy.codec->latent_space_hex();
  CHECK(
      toy.sentence(toy.classifier({}, test::latents_manifest(theirs))) ==
      fmt::format("on-latents reads latents of {}, these are of {} (toy); take a classifier made for that autoencoder",
                  theirs.substr(0, 8), ours.substr(0, 8)));
  const auto with = [&](const std::string& input) {
    return toy.sentence(toy.classifier({}, "input: {source: latents, " + input + "}\nevidence: heat\n"));
  };
  CHECK(with("latent-space: " + ours + ", width: 4, height: 3, channels: 8")
            .find("has 8 channels, latents of toy have 16") != std::string::npos);
  CHECK(with("latent-space: 12, width: 4, height: 3, channels: 16").find("expected the autoencoder's id") !=
        std::string::npos);
  CHECK(with("latent-space: " + ours + ", height: 3, channels: 16").find("width") != std::string::npos);
  CHECK(with("latent-space: " + ours + ", width: 4, height: 3, channels: rgb").find("expected an integer") !=
        std::string::npos);
  CHECK(toy.sentence(codec::Bundle::load(test::make_classifier_bundle(toy.folder.path())).value()) ==
        "colours classifies pictures, not latents: it belongs behind aedecode");
  const auto on_pictures = Classifier::create(toy.classifier());
  REQUIRE_FALSE(on_pictures);
  CHECK(on_pictures.error().text.starts_with("on-latents classifies latents, not pictures"));
}

TEST_CASE("classifier on latents: outputs are found by name") {
  const Toy toy;
  const auto with = [&](const std::string& more) {
    return toy.sentence(toy.classifier({}, "input: {source: latents, latent-space: " + toy.codec->latent_space_hex() +
                                               ", width: 4, height: 3, channels: 16}\n" + more));
  };
  CHECK(with("evidence: heat\n") == "fine");
  CHECK(with("evidence: haet\n").find("has no output 'haet' for evidence") != std::string::npos);
  CHECK(with("").find("has 2 outputs: answer, heat") != std::string::npos);
}
