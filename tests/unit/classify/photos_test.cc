// MobileNetV2 on photos, from the file to the name of what they show.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/file.h"
#include "classify/classifier.h"
#include "classify/picture_input.h"
#include "nn/plan.h"
#include "quality/npz.h"
#include "quality/png.h"
#include "support/classifier_bundle.h"
#include "support/test.h"

using namespace lc;

namespace {

// Of 14 photos, those that the network gets right. An independent runtime too sees a rifle in the sewing machine, a
// water buffalo in the horses, a barbershop around the laptop and a kite in the eagle: those are held to its logits
// only.
struct Photo {
  const char *file, *label;
};
constexpr std::array kRight = {Photo{"orange.png", "orange"},
                               Photo{"dog.jpg", "malamute, malemute, Alaskan malamute"},
                               Photo{"chelsea_cat.png", "Egyptian cat"},
                               Photo{"coffee.png", "espresso"},
                               Photo{"flamingo.jpg", "flamingo"},
                               Photo{"ambulance.jpg", "ambulance"},
                               Photo{"pizza.jpg", "pizza, pizza pie"},
                               Photo{"zebra.jpg", "zebra"},
                               Photo{"traffic_light.jpg", "traffic light, traffic signal, stoplight"},
                               Photo{"school_bus.jpg", "school bus"}};

std::vector<std::string> read_labels(const std::filesystem::path& file) {
  const Bytes bytes = load_file(file).value();
  std::vector<std::string> out{""};
  for (const char c : as_text(bytes)) {
    if (c == '\n')
      out.emplace_back();
    else if (c != '\r')
      out.back() += c;
  }
  for (std::string& line : out) line = line.substr(std::min(line.size(), line.find(' ') + 1));  // after "n02391049 "
  return out;
}

}  // namespace

TEST_CASE("photos: MobileNetV2 names ten of them rightly, with the logits of an independent runtime") {
  const auto folder = test::shared("data/models");
  if (!folder) LC_SKIP("shared data is absent");
  classify::InputSpec spec;
  spec.width = spec.height = 224;
  spec.resize = classify::Resize::crop;
  spec.short_side = 256;
  spec.mean = {0.485f, 0.456f, 0.406f};
  spec.std = {0.229f, 0.224f, 0.225f};
  classify::PictureInput input(spec);
  const auto graph = nn::Graph::load(load_file(*folder / "mobilenet_v2_fp32.onnx").value(), "mobilenet").value();
  nn::Plan plan = nn::Plan::create(graph).value();
  const auto labels = read_labels(*folder / "imagenet_classes.txt");
  const auto names = quality::load_npz(*folder / "reference.npz", "photo_names").value().texts().value();
  const auto want = quality::load_npz(*folder / "reference.npz", "mobilenet_v2_fp32_logits").value().floats().value();
  REQUIRE(want.size() == names.size() * 1000);
  std::size_t right = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    CAPTURE(names[i]);
    const Image picture = quality::load_picture(*folder / "photos" / names[i]).value();
    input.fill(picture.view(), plan.input(0));
    REQUIRE(plan.run());
    const auto got = plan.output(0);
    const auto reference = std::span(want).subspan(i * 1000, 1000);
    // We cut the middle out of the picture and resize that; the reference resizes first, to whole pixels, and cuts
    // then: up to half a pixel beside ours, which moves logits of up to 20 by as much as 1.2.
    float largest = 0;
    for (std::size_t k = 0; k < 1000; ++k) largest = std::max(largest, std::abs(got[k] - reference[k]));
    CHECK(largest < 1.5f);
    const auto named = std::find_if(kRight.begin(), kRight.end(), [&](const Photo& p) { return names[i] == p.file; });
    if (named == kRight.end()) continue;
    const auto best = std::max_element(got.begin(), got.end()) - got.begin();
    CHECK(labels.at(static_cast<std::size_t>(best)) == named->label);
    ++right;
  }
  CHECK(right == kRight.size());
}

TEST_CASE("photos: the ONNX file as it was published and six lines of manifest are a classifier") {
  const auto folder = test::shared("data/models");
  if (!folder) LC_SKIP("shared data is absent");
  test::ClassifierBundle bundle{
      .name = "mobilenet",
      .manifest = "input: {width: 224, height: 224, resize: crop, short_side: 256, mean: [0.485, 0.456, 0.406], "
                  "std: [0.229, 0.224, 0.225]}\noutput: logits\nthreshold: 0.5\n",
      .labels = "",
      .onnx = load_file(*folder / "mobilenet_v2_fp32.onnx").value()};
  for (const std::string& label : read_labels(*folder / "imagenet_classes.txt"))
    if (!label.empty()) bundle.labels += label + "\n";
  const test::TempDir models;
  auto classifier = classify::Classifier::create(
      codec::Bundle::load(test::make_classifier_bundle(models.path(), bundle)).value());
  REQUIRE(classifier);
  classify::Labels labels;
  for (const Photo& photo : kRight) {
    CAPTURE(photo.file);
    const Image picture = quality::load_picture(*folder / "photos" / photo.file).value();
    REQUIRE(classifier->classify(picture.view(), {}, labels));
    CHECK(labels.best.size() == 5);
    CHECK(labels.best[0].name == photo.label);
  }
}
