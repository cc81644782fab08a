// The region of interest: what is there is found by the deletion test, and numbers are the classifier's own.
#include "cli/paper_region.h"

#include <algorithm>

#include "support/classifier_bundle.h"
#include "support/test.h"
#include "support/toy_bundle.h"

using namespace lc;
using namespace lc::cli;

namespace {

// Gray, with a red square of one latent position each, somewhere else in each.
std::vector<Image> pictures_with_a_spot(int count) {
  std::vector<Image> out;
  for (int i = 0; i < count; ++i) {
    Image picture = Image::make(PixelFormat::rgb, 64, 48);
    const auto view = picture.mutable_view();
    const int left = i % 4 * 16, top = i / 4 % 3 * 16;
    for (int y = 0; y < 48; ++y)
      for (int x = 0; x < 64; ++x) {
        const bool is_spot = x >= left && x < left + 16 && y >= top && y < top + 16;
        for (int c = 0; c < 3; ++c)
          view.row(0, y)[3 * x + c] = static_cast<std::uint8_t>(!is_spot ? 120 : c == 0 ? 230 : 30);
      }
    out.push_back(std::move(picture));
  }
  return out;
}

struct Bench {
  test::TempDir dir;
  std::shared_ptr<const codec::Bundle> codec = codec::Bundle::load(test::make_toy_bundle(dir.path())).value();
  classify::Classifier classifier =
      classify::Classifier::create(
          codec::Bundle::load(test::make_classifier_bundle(
                                  dir.path(), {.name = "spots",
                                               .manifest = test::latents_manifest(codec->latent_space_hex()),
                                               .onnx = test::latents_onnx()}))
              .value(),
          codec, 64, 48)
          .value();
};

}  // namespace

TEST_CASE("paper region: where the evidence is taken away the answer goes, elsewhere it stays") {
  Bench bench;
  const auto pictures = pictures_with_a_spot(12);
  const auto latents = latents_of(pictures, bench.codec, 60).value();
  REQUIRE(latents.size() == 12);
  CHECK(latents[5].header.width == 64);
  CHECK(latents[5].header.quality == 60);
  const std::vector<int> truth(12, 0);  // red
  CHECK(diagnose(bench.classifier, latents, truth).value().matrix.accuracy() == 1);
  const Deletion deletion = deletion_test(bench.classifier, latents, 1).value();
  CHECK(deletion.by_evidence > 0.05);
  CHECK(deletion.by_evidence > 3 * deletion.at_random);
  CHECK(deletion_test(bench.classifier, latents, 1).value().at_random == deletion.at_random);
}
