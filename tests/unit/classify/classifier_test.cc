#include "classify/classifier.h"

#ifdef LC_HAS_WEBP
#include <webp/decode.h>
#endif

#include <limits>
#include <numeric>

#include "base/file.h"
#include "support/classifier_bundle.h"
#include "support/test.h"

using namespace lc;
using namespace lc::classify;
using test::ClassifierBundle;
using test::make_classifier_bundle;

namespace {

Image plain(int width, int height, std::uint8_t r, std::uint8_t g, std::uint8_t b) {
  Image image = Image::make(PixelFormat::rgb, width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      std::uint8_t* pixel = image.mutable_view().row(0, y) + 3 * x;
      pixel[0] = r, pixel[1] = g, pixel[2] = b;
    }
  return image;
}

Result<Classifier> load(const std::filesystem::path& folder) {
  const auto bundle = codec::Bundle::load(folder);
  if (!bundle) return tl::unexpected<Error>(bundle.error());
  return Classifier::create(*bundle);
}

std::string sentence(const test::TempDir& folder, const ClassifierBundle& bundle) {
  const auto classifier = load(make_classifier_bundle(folder.path(), bundle));
  return classifier ? "fine" : classifier.error().text;
}

}  // namespace

TEST_CASE("classifier: names what it sees, best first, and the answers of all classes add up to one") {
  const test::TempDir folder;
  auto classifier = load(make_classifier_bundle(folder.path()));
  REQUIRE(classifier);
  CHECK(classifier->name() == "colours");
  CHECK(classifier->manifest().threshold == doctest::Approx(0.6));
  Labels labels;
  REQUIRE(classifier->classify(plain(20, 10, 10, 200, 40).view(), {.top_k = 2, .threshold = 0.6}, labels));
  REQUIRE(labels.best.size() == 2);
  CHECK(labels.best[0].name == "green");
  CHECK(labels.best[0].index == 1);
  CHECK(labels.best[1].name == "blue");
  CHECK(labels.best[0].confidence > 0.99f);
  REQUIRE(labels.answer());
  CHECK(labels.answer()->name == "green");
  const auto& all = classifier->probabilities();
  CHECK(std::accumulate(all.begin(), all.end(), 0.0) == doctest::Approx(1));

  // Another size and format in the next call; more labels asked for than there are.
  REQUIRE(classifier->classify(Image::make(PixelFormat::gray8, 7, 9).view(), {.top_k = 99, .threshold = 0.6}, labels));
  CHECK(labels.best.size() == 3);
}

TEST_CASE("classifier: no confident label is an answer") {
  const test::TempDir folder;
  auto classifier = load(make_classifier_bundle(folder.path()));
  REQUIRE(classifier);
  Labels labels;
  REQUIRE(classifier->classify(plain(4, 4, 100, 100, 100).view(), {.top_k = 1, .threshold = 0.6}, labels));
  CHECK(labels.best[0].confidence == doctest::Approx(1.0 / 3));
  CHECK_FALSE(labels.is_confident);
  CHECK(labels.answer() == nullptr);
  REQUIRE(classifier->classify(plain(4, 4, 100, 100, 100).view(), {.top_k = 1, .threshold = 0}, labels));
  CHECK(labels.answer());
}

TEST_CASE("classifier: probabilities are taken as they are") {
  const test::TempDir folder;
  ClassifierBundle bundle;
  bundle.manifest = "input: {width: 4, height: 4}\noutput: probabilities\n";
  bundle.onnx = test::colours_onnx(1);
  auto classifier = load(make_classifier_bundle(folder.path(), bundle));
  REQUIRE(classifier);
  CHECK(classifier->manifest().threshold == doctest::Approx(0.5));
  Labels labels;
  REQUIRE(classifier->classify(plain(4, 4, 51, 0, 204).view(), {.top_k = 1, .threshold = 0.5}, labels));
  CHECK(labels.best[0].name == "blue");
  CHECK(labels.best[0].confidence == doctest::Approx(0.8));
}

TEST_CASE("classifier: a network that answers with no number is an error, not a label") {
  const test::TempDir folder;
  ClassifierBundle bundle;
  bundle.onnx = test::colours_onnx(1e38f);
  bundle.manifest = "input: {width: 4, height: 4, std: [0.001, 0.001, 0.001]}\n";
  auto classifier = load(make_classifier_bundle(folder.path(), bundle));
  REQUIRE(classifier);
  Labels labels;
  const auto result = classifier->classify(plain(4, 4, 255, 255, 255).view(), {.top_k = 1, .threshold = 0.5}, labels);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Errc::backend);
}

TEST_CASE("classifier: what cannot be a probability is an error that names the manifest's word") {
  const test::TempDir folder;
  ClassifierBundle bundle;
  bundle.manifest = "input: {width: 4, height: 4}\noutput: probabilities\n";
  bundle.onnx = test::colours_onnx(2);
  auto classifier = load(make_classifier_bundle(folder.path(), bundle));
  REQUIRE(classifier);
  Labels labels;
  CHECK(classifier->classify(plain(4, 4, 120, 120, 120).view(), {}, labels));
  const auto result = classifier->classify(plain(4, 4, 255, 0, 0).view(), {}, labels);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Errc::backend);
  CHECK(result.error().text.find("'output: logits'") != std::string::npos);
}

TEST_CASE("classifier: bundles that do not fit say what does not fit") {
  const test::TempDir folder;
  ClassifierBundle bundle;
  bundle.onnx = test::colours_onnx(std::numeric_limits<float>::quiet_NaN());
  CHECK(sentence(folder, bundle).find("the network's answer is no number") != std::string::npos);
  bundle = {};
  bundle.labels = "red\ngreen\n";
  CHECK(sentence(folder, bundle).find("classifier.onnx answers with 3 numbers, but there are 2 labels") !=
        std::string::npos);
  bundle = {};
  bundle.manifest = "input: {width: 8, height: 4}\n";
  CHECK(sentence(folder, bundle)
            .find("the input is [1, 3, 4, 8] in ONNX's order, but classifier.onnx takes "
                  "[1, 3, 4, 4]") != std::string::npos);
  bundle.manifest = "input: {width: 4, height: 4}\noutput: logit\n";
  CHECK(sentence(folder, bundle).find("expected 'logits' or 'probabilities'") != std::string::npos);
  bundle.manifest = "input: {width: 4, height: 4}\nlabels: names.txt\n";
  CHECK(sentence(folder, bundle).find("names.txt") != std::string::npos);
  bundle.manifest = "threshold: 0.5\n";
  CHECK(sentence(folder, bundle).find("input") != std::string::npos);
  bundle = {};
  bundle.onnx = Bytes(10, std::byte{0xff});
  CHECK(sentence(folder, bundle) != "fine");
}

TEST_CASE("classifier: a manifest that was cut anywhere is refused or good, and nothing else") {
  const test::TempDir folder;
  const auto path = make_classifier_bundle(folder.path()) / "manifest.yaml";
  const Bytes whole = load_file(path).value();
  int refused = 0;
  for (std::size_t keep = 0; keep < whole.size(); ++keep) {
    REQUIRE(save_file(path, ByteSpan(whole).first(keep)));
    refused += load(path.parent_path()) ? 0 : 1;
  }
  CHECK(refused > static_cast<int>(whole.size() / 2));
  REQUIRE(save_file(path, whole));
  CHECK(load(path.parent_path()));
}

TEST_CASE("classifier: of parts the most confident one answers, with the mean of its own looks") {
  const test::TempDir folder;
  const auto bundle = codec::Bundle::load(make_classifier_bundle(folder.path())).value();
  auto classifier = Classifier::create(bundle, {.region = Region::tiles, .tiles = 2}).value();
  Image picture = plain(20, 10, 100, 100, 100);
  for (int y = 4; y < 10; ++y)
    for (int x = 10; x < 20; ++x) picture.mutable_view().row(0, y)[3 * x] = 220;
  Labels labels;
  REQUIRE(classifier.classify(picture.view(), {.smoothing = 0.5f}, labels));
  CHECK(labels.answer()->name == "red");
  CHECK(labels.region == Rectangle{10, 4, 10, 6});
  const float confidence = labels.best[0].confidence;
  REQUIRE(classifier.classify(plain(20, 10, 100, 100, 100).view(), {.smoothing = 0.5f}, labels));
  CHECK(labels.best[0].confidence == doctest::Approx((confidence + 1.0f / 3) / 2).epsilon(0.001));
  CHECK(labels.region == Rectangle{10, 4, 10, 6});
  classifier.reset();
  REQUIRE(classifier.classify(plain(20, 10, 100, 100, 100).view(), {.smoothing = 0.5f}, labels));
  CHECK(labels.best[0].confidence == doctest::Approx(1.0 / 3));
}

namespace {

#ifdef LC_HAS_WEBP
std::string resnet_manifest(double threshold) {
  return fmt::format(
      "input: {{source: pixels, width: 32, height: 32, channels: rgb, resize: stretch, "
      "mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.2010]}}\n"
      "output: logits\nlabels: labels.txt\nthreshold: {}\n",
      threshold);
}

// Classes of the first 200 test pictures.
constexpr std::string_view kTruth =
    "3880661631095798578670495240966545924195465609397698038877467363621237268802933881172527890386466007"
    "4563113687406213042783128083524189129729656387625289600529542166848450999899375005223863405801728878";
#endif

}  // namespace

TEST_CASE("classifier: ResNet-20 as others trained it names CIFAR-10 pictures") {
#ifndef LC_HAS_WEBP
  LC_SKIP("built without libwebp");
#else
  const auto onnx = test::shared("data/models/resnet20_cifar10.onnx");
  const auto sheet = test::shared("data/cifar10/test_0.webp");
  if (!onnx || !sheet) LC_SKIP("no ../shared/data");
  const test::TempDir folder;
  ClassifierBundle bundle;
  bundle.name = "resnet20";
  bundle.manifest = resnet_manifest(0.6);
  bundle.labels = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n";
  bundle.onnx = *load_file(*onnx);
  auto classifier = load(make_classifier_bundle(folder.path(), bundle));
  REQUIRE(classifier);

  const auto file = load_file(*sheet);
  REQUIRE(file);
  int width = 0, height = 0;
  const auto free_webp = [](std::uint8_t* p) { WebPFree(p); };
  const std::unique_ptr<std::uint8_t, decltype(free_webp)> pixels(
      WebPDecodeRGB(reinterpret_cast<const std::uint8_t*>(file->data()), file->size(), &width, &height),
      free_webp);
  REQUIRE(pixels);
  constexpr int kTile = 32, kColumns = 40;
  REQUIRE(width == kTile * kColumns);
  Labels labels;
  int right = 0, total = 0;
  for (const char truth : kTruth) {
    const int x = total % kColumns * kTile, y = total / kColumns * kTile;
    const ImageView tile{.format = PixelFormat::rgb,
                         .width = kTile,
                         .height = kTile,
                         .planes = {pixels.get() + (std::ptrdiff_t{y} * width + x) * 3},
                         .strides = {width * 3}};
    REQUIRE(classifier->classify(tile, {.top_k = 1, .threshold = 0.6}, labels));
    right += labels.best[0].index == truth - '0';
    ++total;
  }
  // 0.918 on the first 2000; of these 200 an independent runtime has 179 right.
  CHECK(right >= 178);
  CHECK(right <= 180);
#endif
}
