// Attacks on sent latents: they read what can be read, and nothing of what is well encrypted.
#include "cli/paper_attacks.h"

#include <random>

#include "cli/paper_quality.h"
#include "quality/psnr.h"
#include "study/published.h"
#include "study/xor_mask.h"
#include "support/classifier_bundle.h"
#include "support/test.h"
#include "support/toy_bundle.h"

using namespace lc;
using namespace lc::cli;

namespace {

// Smooth pictures that differ: a slope and a bright square somewhere.
std::vector<Image> scenes(int count) {
  std::mt19937 random(7);
  std::vector<Image> out;
  for (int i = 0; i < count; ++i) {
    Image picture = Image::make(PixelFormat::gray8, 32, 24);
    const auto view = picture.mutable_view();
    const int across = static_cast<int>(random() % 5), down = static_cast<int>(random() % 5);
    const int left = static_cast<int>(random() % 24), top = static_cast<int>(random() % 16);
    for (int y = 0; y < 24; ++y)
      for (int x = 0; x < 32; ++x)
        view.row(0, y)[x] = static_cast<std::uint8_t>(
            x >= left && x < left + 8 && y >= top && y < top + 8 ? 220 : across * x / 2 + down * y / 2);
    out.push_back(std::move(picture));
  }
  return out;
}

struct Victim {
  Victim(const std::string& cipher, const std::string& variant, const std::string& sample, int count,
         bool masks_pixels = false)
      : system{.name = "toy",
               .paper = "",
               .reading = "",
               .data = "",
               .model = "",
               .cipher = cipher,
               .variant = variant,
               .classifier = "",
               .message = ""},
        bundle(codec::Bundle::load(test::make_raw_bundle(dir.path(), "raw", sample)).value()),
        encoder(codec::RawEncoder::create(bundle).value()),
        decoder(codec::RawDecoder::create(bundle).value()),
        pictures(scenes(count)) {
    const codec::RawShape& s = bundle->raw();
    const study::Shape shape{s.latent_width, s.latent_height, s.latent_channels,
                             s.is_f32 ? study::Sample::f32 : study::Sample::u8};
    const auto victim = study::make_cipher({cipher, variant, ""}, as_bytes("a secret of the victim's.")).value();
    study::XorMask mask(as_bytes("another secret of theirs"));
    if (masks_pixels) system.pixel_cipher = "xor-mask", system.unmasks_pixels = true;
    for (const Image& picture : pictures) {
      Bytes latent, masked;
      REQUIRE(mask.encrypt(study::frame_of(picture), masked));
      REQUIRE(encoder.encode((masks_pixels ? study::picture_of(masked, picture) : picture).view(), latent));
      REQUIRE(victim->encrypt({shape, latent}, packets.emplace_back()));
    }
  }
  study::AttackResults attack(std::size_t earlier = 0) {
    return attack_latents({system, encoder, decoder, pictures, packets, quality::kIdenticalDb, earlier}).value();
  }

  test::TempDir dir;
  PaperSystem system;
  std::shared_ptr<const codec::Bundle> bundle;
  codec::RawEncoder encoder;
  codec::RawDecoder decoder;
  std::vector<Image> pictures;
  std::vector<Bytes> packets;
};

const std::string kBytes = "u8, step: 0.00392156862745098";

}  // namespace

TEST_CASE("paper attacks: whoever has the model reads latents that are sent as they are") {
  const auto results = Victim("none", "", kBytes, 24).attack();
  REQUIRE(results.size() == 2);
  CHECK(results[0].name == "known model");
  CHECK(results[0].shows == study::Verdict::broken);
  CHECK(results[0].recovered > 0.99);
}

TEST_CASE("paper attacks: one known picture opens all under the mask and under the sum squared") {
  for (const auto& [cipher, variant, sample] : {std::tuple{"xor-mask", "fixed", kBytes},
                                                {"additive-square", "figure", std::string("f32")},
                                                {"additive-square", "text", std::string("f32")}}) {
    CAPTURE(std::string(cipher) + " " + variant);
    const auto results = Victim(cipher, variant, sample, 24).attack();
    REQUIRE(results.size() == 2);
    CHECK(results[0].name == "known picture");
    CHECK(results[0].shows == study::Verdict::broken);
    CHECK(results[0].recovered > 0.99);
  }
}

TEST_CASE("paper attacks: four known pictures give the order of the blocks and the stream of the chaos on latents") {
  Victim victim("logistic-chaos", "double", kBytes, 24);
  const auto results = victim.attack();
  REQUIRE(results.size() == 2);
  CHECK(results[0].name == "known pictures");
  CHECK(results[0].shows == study::Verdict::broken);
  CHECK(results[0].recovered > 0.95);
  CHECK(results[0].result.starts_with("20 pictures seen"));
  CHECK(victim.attack(18)[0].result.starts_with("6 pictures seen"));  // what was sent earlier is not read
  const auto salted = Victim("logistic-chaos", "probabilistic", kBytes, 24).attack();
  REQUIRE(salted.size() == 1);
  CHECK_FALSE(salted[0].was_tried);
}

TEST_CASE("paper attacks: known pictures give the mask over pixels, which the model alone does not lift") {
  const auto results = Victim("none", "", kBytes, 24, true).attack();
  REQUIRE(results.size() == 3);
  CHECK(results[0].name == "known model");
  CHECK(results[0].shows == study::Verdict::none);
  CHECK(results[1].name == "known pictures");
  CHECK(results[1].shows == study::Verdict::broken);
}

TEST_CASE("paper attacks: pairs teach an inverter without the model, and nothing where the cipher is sound") {
  const auto clear = Victim("none", "", kBytes, 600).attack();
  REQUIRE(clear.size() == 2);
  CHECK(clear[1].name == "learned inverter");
  CHECK(clear[1].shows == study::Verdict::broken);
  const auto sound = Victim("aes-features", "ctr", kBytes, 600).attack();
  REQUIRE(sound.size() == 1);
  CHECK(sound[0].name == "learned inverter");
  CHECK(sound[0].shows == study::Verdict::none);
  CHECK(sound[0].recovered < 0.1);
}

TEST_CASE("paper attacks: what cannot be learnt from so few pairs, or from floats, is said and not left out") {
  for (const int count : {6, 24}) {
    const auto results = Victim("none", "", kBytes, count).attack();
    const study::AttackResult& last = results.back();
    CHECK(results.size() == (count < 12 ? 1 : 2));
    CHECK(last.name == "learned inverter");
    CHECK_FALSE(last.was_tried);
    CHECK(last.shows == study::Verdict::none);
    CHECK(last.result.ends_with("of the 200 that it takes"));
  }
  const auto floats = Victim("none", "", "f32", 300).attack();
  CHECK(floats.back().result.find("floats") != std::string::npos);
}

TEST_CASE("paper quality: distances and diagnoses of pictures that are known") {
  const auto pictures = scenes(2);
  const Distance none = distance(pictures, pictures);
  CHECK(none.mse == 0);
  CHECK(none.ssim == doctest::Approx(1));
  std::vector<Image> brighter = pictures;
  for (Image& picture : brighter) {
    const auto view = picture.mutable_view();
    for (int y = 0; y < 24; ++y)
      for (int x = 0; x < 32; ++x) view.row(0, y)[x] = static_cast<std::uint8_t>(view.row(0, y)[x] + 10);
  }
  const Distance some = distance(pictures, brighter);
  CHECK(some.mae == doctest::Approx(10 / 255.0));
  CHECK(some.mse == doctest::Approx(100 / (255.0 * 255)));
  CHECK(some.psnr() == doctest::Approx(28.13).epsilon(0.001));

  const test::TempDir dir;
  auto classifier =
      classify::Classifier::create(codec::Bundle::load(test::make_classifier_bundle(dir.path())).value()).value();
  std::vector<Image> colours;
  for (int c = 0; c < 3; ++c) {
    Image picture = Image::make(PixelFormat::rgb, 8, 8);
    const auto view = picture.mutable_view();
    for (int y = 0; y < 8; ++y)
      for (int x = 0; x < 8; ++x) view.row(0, y)[3 * x + c] = 255;
    colours.push_back(std::move(picture));
  }
  Measures measures;
  measures.add(diagnose(classifier, colours, std::array{0, 1, 0}).value(), "original");
  CHECK(measures.find("original_accuracy")->value == doctest::Approx(200 / 3.0));
  CHECK_FALSE(measures.find("original_auc"));
  CHECK_FALSE(diagnose(classifier, colours, std::array{0, 1, 3}));
}

TEST_CASE("paper systems: each of the five papers is there, by name and by paper") {
  for (const char* paper : {"P1", "P2", "P3", "P4", "P5", "latentcast"})
    CHECK_FALSE(paper_systems({paper}).value().empty());
  CHECK(paper_systems({}).value().size() == paper_systems().size());
  CHECK(paper_systems({paper_systems()[3].name}).value().size() == 1);
  CHECK(paper_systems({"sealed"}).error().text.find("did you mean one of sealed-xray, sealed-fundus") !=
        std::string::npos);
  CHECK(paper_systems({"P6"}).error().text.find("known: P1-") != std::string::npos);
}
