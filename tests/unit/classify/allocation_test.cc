// In steady state a look allocates nothing. What oneDNN allocates inside its own calls is not counted.
#include "support/allocations.h"

#include "classify/classifier.h"
#include "classify/labels_json.h"
#include "support/classifier_bundle.h"
#include "support/test.h"
#include "support/toy_bundle.h"
#include "tensor/convert.h"

using namespace lc;
using namespace lc::classify;

namespace {

constexpr int kGrowing = 4, kSteady = 20;  // looks

template <class Look>
void expect_none(const Look& look) {
  Labels labels;
  std::string line;
  int allocations = 0, bad = 0;
  for (int i = 0; i < kGrowing + kSteady; ++i) {
    test::AllocationCounter counter;
    bad += look(i, labels) ? 0 : 1;
    to_json_line(labels, labels.best[0].name, {}, 4096, line);
    const auto made = counter.take();
    if (i >= kGrowing) allocations += made.ours;
  }
  CHECK(allocations == 0);
  CHECK(bad == 0);
}

Image noise(int width, int height) {
  Image image = Image::make(PixelFormat::rgb, width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < 3 * width; ++x) image.mutable_view().row(0, y)[x] = static_cast<std::uint8_t>(x * 7 + y * 13);
  return image;
}

constexpr LookOptions kLook{.top_k = 3, .smoothing = 0.5f};

}  // namespace

TEST_CASE("allocations: none for a look at a picture, whole or in parts, with smoothing") {
  if (!test::can_count_allocations()) LC_SKIP("sanitizers own the allocator");
  const test::TempDir folder;
  const auto bundle = codec::Bundle::load(test::make_classifier_bundle(folder.path())).value();
  const Image picture = convert(noise(160, 120).view(), PixelFormat::i420);
  for (const Region region : {Region::full, Region::tiles}) {
    auto classifier = Classifier::create(bundle, {.region = region, .tiles = 3}).value();
    expect_none([&](int, Labels& labels) { return classifier.classify(picture.view(), kLook, labels).has_value(); });
  }
}

TEST_CASE("allocations: none for a look at latents, with evidence") {
  if (!test::can_count_allocations()) LC_SKIP("sanitizers own the allocator");
  const test::TempDir folder;
  const auto toy = codec::Bundle::load(test::make_toy_bundle(folder.path())).value();
  const auto bundle =
      codec::Bundle::load(
          test::make_classifier_bundle(folder.path(), {.name = "on-latents",
                                                       .manifest = test::latents_manifest(toy->latent_space_hex()),
                                                       .onnx = test::latents_onnx()}))
          .value();
  codec::Latent latent;
  latent.reset(30, 40, 16);
  for (const Region region : {Region::full, Region::tiles}) {
    auto classifier = Classifier::create(bundle, toy, 640, 480, {.region = region}).value();
    expect_none([&](int i, Labels& labels) {
      latent.at(i, i)[1] = 9;
      return classifier.classify(latent, 40, kLook, labels).has_value();
    });
  }
}
