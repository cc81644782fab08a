// Real networks, exported by other people's tools.
#include <algorithm>
#include <cmath>
#include <iostream>

#include "base/file.h"
#include "nn/plan.h"
#include "quality/npz.h"
#include "support/nn_compare.h"
#include "support/test.h"

using namespace lc;
using namespace lc::nn;

namespace {

Graph load(const std::filesystem::path& file) {
  return Graph::load(load_file(file).value(), file.filename().string()).value();
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double out = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    out = std::max(out, std::abs(double{a[i]} - b[i]));
  return out;
}

std::vector<float> run(const Graph& graph, const Dims& dims, const std::vector<float>& nchw, int threads) {
  Plan plan = Plan::create(graph, {{dims}, threads}).value();
  CHECK(plan.describe().find("(slow)") == std::string::npos);
  return test::run_plan(plan, {Tensor::floats(dims, nchw)}).value().at(0).f;
}

}  // namespace

TEST_CASE("models: MobileNetV2 gives the logits of an independent runtime") {
  const auto folder = test::shared("data/models");
  if (!folder) LC_SKIP("shared data is absent");
  const auto names = quality::load_npz(*folder / "reference.npz", "photo_names").value().texts().value();
  const auto orange =
      static_cast<std::ptrdiff_t>(std::find(names.begin(), names.end(), "orange.png") - names.begin());
  const auto logits = quality::load_npz(*folder / "reference.npz", "mobilenet_v2_fp32_logits").value().floats().value();
  const std::vector<float> want(logits.begin() + orange * 1000, logits.begin() + orange * 1000 + 1000);
  const auto input = quality::load_npz(*folder / "reference.npz", "mobilenet_input_orange").value().floats().value();
  const Graph graph = load(*folder / "mobilenet_v2_fp32.onnx");
  for (int threads : {1, 2})
    CHECK(largest_difference(run(graph, {1, 3, 224, 224}, input, threads), want) < 1e-4);
}

TEST_CASE("models: the text direction classifier gives the output of an independent runtime") {
  const auto folder = test::shared("data/models");
  if (!folder) LC_SKIP("shared data is absent");
  const auto picture = quality::load_npz(*folder / "reference.npz", "mobilenet_input_orange").value().floats().value();
  std::vector<float> input;
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t y = 0; y < 48; ++y) {
      const auto row = picture.begin() + static_cast<std::ptrdiff_t>((c * 224 + y) * 224);
      input.insert(input.end(), row, row + 192);
    }
  const auto want = quality::load_npz(*folder / "reference.npz", "ppocr_cls_output").value().floats().value();
  const Graph graph = load(*folder / "ppocr_text_direction_cls.onnx");
  for (int threads : {1, 2})
    CHECK(largest_difference(run(graph, {1, 3, 48, 192}, input, threads), want) < 1e-5);
}

TEST_CASE("models: ResNet-20 with its tail of shape arithmetic agrees with the reference loops") {
  const auto folder = test::shared("data/models");
  if (!folder) LC_SKIP("shared data is absent");
  const Graph graph = load(*folder / "resnet20_cifar10.onnx");
  CHECK(graph.inputs().size() == 1);
  for (int threads : {1, 3}) CHECK(test::largest_difference(graph, {{}, threads}, 1) < 1e-4);
  const Plan plan = Plan::create(graph).value();
  CHECK(plan.describe().find("BatchNormalization") == std::string::npos);
  CHECK(plan.describe().find("(slow)") == std::string::npos);
  CHECK(plan.macs() / 1'000'000 == 40);
}

TEST_CASE("models: the int8 MobileNetV2 has QLinear operators and is refused by the first of them") {
  const auto folder = test::shared("data/models");
  if (!folder) LC_SKIP("shared data is absent");
  const auto graph = Graph::load(load_file(*folder / "mobilenet_v2_quant.onnx").value(), "quant");
  REQUIRE_FALSE(graph);
  CHECK(graph.error().code == Errc::unsupported);
  CHECK(graph.error().text.find("quant: QLinear") == 0);
}
