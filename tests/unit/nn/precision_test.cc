// Plans in fewer bits: how near they come to f32, and that they do what they say.
#include <algorithm>
#include <cmath>
#include <random>

#include "nn/annotate.h"
#include "nn/calibration.h"
#include "nn/plan.h"
#include "nn/tile_select.h"
#include "support/codec_graphs.h"
#include "support/nn_compare.h"
#include "support/onnx_writer.h"
#include "support/test.h"

using namespace lc;
using namespace lc::nn;

namespace {

constexpr test::CodecShape kShape{32, 64, 2, 2};

// The error of a plan beside the one in f32, in shares of the root of the mean square.
double error_of(const Graph& graph, const Dims& dims, Precision precision, int threads = 1) {
  auto exact = Plan::create(graph, {.input_dims = {dims}}).value();
  auto plan = Plan::create(graph, {.input_dims = {dims}, .threads = threads, .precision = precision}).value();
  test::fill(exact.input(0), 5);
  test::fill(plan.input(0), 5);
  REQUIRE(exact.run());
  REQUIRE(plan.run());
  double error = 0, square = 0;
  for (std::size_t i = 0; i < exact.output(0).size(); ++i) {
    const double d = plan.output(0)[i] - exact.output(0)[i];
    error += d * d;
    square += double{exact.output(0)[i]} * exact.output(0)[i];
  }
  return std::sqrt(error / square);
}

}  // namespace

TEST_CASE("int8: calibrated networks of the codec's shape stay near f32, in bf16 nearer") {
  for (const bool encodes : {true, false}) {
    CAPTURE(encodes);
    const Bytes model = encodes ? test::codec_encoder(kShape) : test::codec_decoder(kShape);
    const Dims dims = encodes ? Dims{1, 3, 96, 80} : Dims{1, 64, 6, 5};
    const Graph graph = Graph::load(test::calibrated(model, dims), "calibrated").value();
    for (const int threads : {1, 2, 3}) {
      const double bf16 = error_of(graph, dims, Precision::bf16, threads), int8 = error_of(graph, dims, Precision::int8, threads);
      CHECK(bf16 > 0);
      CHECK(bf16 < 0.01);
      CHECK(int8 > bf16);
      CHECK(int8 < 0.03);
    }
    auto plan = Plan::create(graph, {.input_dims = {dims}, .precision = Precision::int8}).value();
    CHECK(plan.describe().find(std::string("tile_block:u8:") + best_tiles().name) != std::string::npos);
    CHECK(plan.describe().find("tile_block:bf16") == std::string::npos);
  }
}

TEST_CASE("int8: without numbers in the file, blocks are computed in bf16") {
  const Graph graph = Graph::load(test::codec_encoder(kShape), "plain").value();
  auto plan = Plan::create(graph, {.input_dims = {{1, 3, 32, 32}}, .precision = Precision::int8}).value();
  CHECK(plan.describe().find("tile_block:u8") == std::string::npos);
  CHECK(plan.describe().find("tile_block:bf16") != std::string::npos);
}

TEST_CASE("int8: writing numbers again replaces those of before, and changes nothing else") {
  const Bytes model = test::codec_encoder(kShape);
  const Bytes once = test::calibrated(model, {1, 3, 32, 32}), twice = test::calibrated(once, {1, 3, 32, 32});
  CHECK(once.size() > model.size());
  CHECK(twice == once);
  CHECK(error_of(Graph::load(once, "once").value(), {1, 3, 32, 32}, Precision::f32) == 0);
}

TEST_CASE("int8: numbers that make no sense are refused by name") {
  const Bytes model = test::codec_encoder(kShape);
  const Graph graph = Graph::load(model, "model").value();
  const auto& values = graph.model().values;
  const auto widened = std::find_if(values.begin(), values.end(), [](const Value& v) { return !v.constant && v.name != "x"; });
  REQUIRE(widened != values.end());
  for (const auto& [steps, wanted] :
       {std::pair{Steps{{0.0f}, {0.0f}}, "a scale of 0"}, std::pair{Steps{{-1.0f}, {0.0f}}, "a scale of -1"},
        std::pair{Steps{{1.0f, 1.0f}, {0.0f}}, "2 scales and 1 zero points"}}) {
    const auto loaded = Graph::load(annotate(model, {{widened->name, steps}}).value(), "odd");
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().text.find(wanted) != std::string::npos);
    CHECK(loaded.error().text.find(widened->name) != std::string::npos);
  }
  // As many as there are channels, or one; else nobody looks at them.
  const Graph many = Graph::load(annotate(model, {{widened->name, Steps{{1, 1, 1}, {0, 0, 0}}}}).value(), "odd").value();
  CHECK(Plan::create(many, {.input_dims = {{1, 3, 32, 32}}, .precision = Precision::int8}));
  CHECK_FALSE(annotate(Bytes(10, std::byte{0xff}), {}));
}

TEST_CASE("int8: a network without blocks has nothing to calibrate") {
  test::OnnxWriter writer;
  const std::string x = writer.input("x", {1, 3, 32, 32}), w = writer.floats({4, 3, 3, 3}, std::vector<float>(108, 0.1f));
  writer.node("Conv", {x, w}, {}, "y");
  writer.output("y", {1, 4, 30, 30});
  const auto made = Calibration::create(Graph::load(writer.model(), "windows").value(), {{1, 3, 32, 32}});
  REQUIRE_FALSE(made);
  CHECK(made.error().text.find("no residual block") != std::string::npos);
}

TEST_CASE("plan: bf16 computes every kind of convolution and product that stands alone") {
  test::OnnxWriter writer;
  using A = test::OnnxAttribute;
  std::mt19937 random(9);
  const auto noise = [&](std::vector<std::int64_t> dims) {
    std::int64_t n = 1;
    for (std::int64_t d : dims) n *= d;
    std::vector<float> v(static_cast<std::size_t>(n));
    for (float& f : v) f = (static_cast<float>(random() >> 8) / 8388608.0f - 1) / 4;
    return writer.floats(dims, v);
  };
  std::string x = writer.input("x", {1, 5, 21, 18});
  x = writer.node("Conv", {x, noise({24, 5, 3, 3}), noise({24})}, {A::integers("pads", {1, 1, 1, 1}), A::integers("strides", {2, 2})});
  x = writer.node("Relu", {x});
  const std::string skip = x;
  x = writer.node("Conv", {x, noise({24, 24, 3, 3})}, {A::integers("pads", {2, 2, 2, 2}), A::integers("dilations", {2, 2})});
  x = writer.node("Add", {x, skip});
  x = writer.node("Clip", {x, writer.floats({}, {0}), writer.floats({}, {6})});
  x = writer.node("Conv", {x, noise({40, 24, 1, 1})}, {});
  x = writer.node("HardSwish", {x});
  x = writer.node("Conv", {x, noise({40, 1, 3, 3})}, {A::integers("pads", {1, 1, 1, 1}), A::integer("group", 40)});  // in f32
  x = writer.node("Conv", {x, noise({8, 40, 3, 2})}, {A::integers("pads", {0, 1, 2, 0})});
  x = writer.node("LeakyRelu", {x}, {A::number("alpha", 0.2f)});
  x = writer.node("GlobalAveragePool", {x});
  x = writer.node("Flatten", {x});
  x = writer.node("Gemm", {x, noise({8, 33}), noise({33})});
  writer.node("Softmax", {x}, {}, "y");
  writer.output("y", {1, 33});
  const Graph graph = Graph::load(writer.model(), "kinds").value();
  const double error = error_of(graph, {1, 5, 21, 18}, Precision::bf16);
  CHECK(error > 0);
  CHECK(error < 0.02);
  const std::string layers = Plan::create(graph, {.precision = Precision::bf16}).value().describe();
  std::size_t ours = 0;
  for (std::size_t at = 0; (at = layers.find("tile_conv:bf16", at)) != std::string::npos; ++at) ++ours;
  CHECK(ours == 5);
}

TEST_CASE("int8: models with QuantizeLinear and DequantizeLinear compute in the numbers that they name") {
  using A = test::OnnxAttribute;
  for (const bool is_signed : {false, true}) {
    CAPTURE(is_signed);
    test::OnnxWriter writer;
    std::mt19937 random(11);
    const auto zero = [&](int z) {  // UINT8 or INT8, as int32_data
      return writer.tensor({}, test::wire_integer(2, is_signed ? 3 : 2) + test::wire_bytes(9, std::string(1, static_cast<char>(z))));
    };
    const auto through = [&](const std::string& x, float step, int z) {
      const std::string scale = writer.floats({}, {step}), q = writer.node("QuantizeLinear", {x, scale, zero(z)});
      return writer.node("DequantizeLinear", {q, scale, zero(z)});
    };
    const auto weights = [&](std::vector<std::int64_t> dims, std::int64_t n) {
      std::vector<float> v(static_cast<std::size_t>(n));
      for (float& f : v) f = static_cast<float>(static_cast<int>(random() % 255) - 127) / 512;
      return writer.floats(dims, v);
    };
    std::string x = writer.input("x", {1, 3, 20, 17});
    x = through(x, 1.0f / 255, is_signed ? -128 : 0);
    x = writer.node("Conv", {x, weights({16, 3, 3, 3}, 16 * 27)}, {A::integers("pads", {1, 1, 1, 1})});
    x = writer.node("Relu", {x});
    x = through(x, 1.0f / 64, is_signed ? -100 : 28);
    const std::string skip = x;
    x = writer.node("Conv", {x, weights({16, 16, 3, 3}, 16 * 144)}, {A::integers("pads", {1, 1, 1, 1})});
    x = writer.node("Add", {x, skip});
    x = through(x, 1.0f / 16, is_signed ? 0 : 128);
    x = writer.node("GlobalAveragePool", {x});
    x = writer.node("Flatten", {x});
    writer.node("Gemm", {x, weights({16, 10}, 160)}, {}, "y");
    writer.output("y", {1, 10});
    const Graph graph = Graph::load(writer.model(), "qdq").value();
    // f32 plans go through the same numbers, in floats.
    CHECK(error_of(graph, {1, 3, 20, 17}, Precision::int8) < 0.02);
    const std::string layers = Plan::create(graph, {.precision = Precision::int8}).value().describe();
    CHECK(layers.find("QuantizeLinear") == std::string::npos);
    std::size_t ours = 0;
    for (std::size_t at = 0; (at = layers.find("tile_conv:u8", at)) != std::string::npos; ++at) ++ours;
    CHECK(ours == 2);
  }
}

TEST_CASE("int8: a value that two pairs quantise differently, and readers that are no convolutions") {
  using A = test::OnnxAttribute;
  test::OnnxWriter writer;
  const std::string zero = writer.tensor({}, test::wire_integer(2, 2) + test::wire_bytes(9, std::string(1, '\0')));
  const auto through = [&](const std::string& x, float step) {
    const std::string scale = writer.floats({}, {step}), q = writer.node("QuantizeLinear", {x, scale, zero});
    return writer.node("DequantizeLinear", {q, scale, zero});
  };
  std::vector<float> weights(8 * 4), depth(8 * 9);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i % 7) / 7 - 0.4f;
  for (std::size_t i = 0; i < depth.size(); ++i) depth[i] = static_cast<float>(i % 5) / 5 - 0.3f;
  std::string x = writer.input("x", {1, 4, 6, 6});
  x = writer.node("Conv", {x, writer.floats({8, 4, 1, 1}, weights)}, {});  // what is negative saturates to 0
  const std::string fine = through(x, 1.0f / 255), coarse = through(x, 1.0f / 16);
  std::vector<float> narrow(4 * 8, 0.25f);
  const std::string a = writer.node("Conv", {fine, writer.floats({4, 8, 1, 1}, narrow)}, {});
  const std::string b = writer.node("Conv", {coarse, writer.floats({4, 8, 1, 1}, narrow)}, {});
  std::string c = writer.node("Conv", {fine, writer.floats({8, 1, 3, 3}, depth)}, {A::integers("pads", {1, 1, 1, 1}), A::integer("group", 8)});
  c = writer.node("Conv", {c, writer.floats({4, 8, 1, 1}, narrow)}, {});
  writer.node("Concat", {a, b, c}, {A::integer("axis", 1)}, "y");
  writer.output("y", {1, 12, 6, 6});
  CHECK(error_of(Graph::load(writer.model(), "pairs").value(), {1, 4, 6, 6}, Precision::int8) < 0.02);
}

TEST_CASE("plan: windows that lie beyond the picture, activations before a DepthToSpace, and slopes after a sum") {
  using A = test::OnnxAttribute;
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    test::OnnxWriter writer;
    const std::vector<float> ones(4 * 3, 0.5f), window(4 * 4 * 9, 0.125f);
    std::string x = writer.input("x", {1, 3, 5, 4});
    x = writer.node("Conv", {x, writer.floats({4, 3, 1, 1}, ones)}, {A::integers("pads", {0, 0, 0, 3})});
    x = writer.node("Conv", {x, writer.floats({4, 4, 3, 3}, window)}, {A::integers("pads", {6, 7, 5, 5})});
    const std::string skip = x;
    x = writer.node("Conv", {x, writer.floats({4, 4, 1, 1}, std::vector<float>(16, -0.3f))}, {});
    x = writer.node("Relu", {x});
    x = writer.node("Sub", {x, writer.floats({1, 4, 1, 1}, {1, 2, 3, 4})});
    x = writer.node("Conv", {x, writer.floats({4, 4, 1, 1}, std::vector<float>(16, 0.3f))}, {});
    x = writer.node("Relu", {x});
    x = writer.node("Add", {x, writer.node("Neg", {skip})});
    x = writer.node("LeakyRelu", {x}, {A::number("alpha", 0.25f)});
    x = writer.node("Conv", {x, writer.floats({32, 4, 1, 1}, std::vector<float>(128, 0.2f))}, {});
    x = writer.node("Sigmoid", {x});
    writer.node("DepthToSpace", {x}, {A::integer("blocksize", 2)}, "y");
    writer.output("y", {1, 8, -1, -1});
    const Graph graph = Graph::load(writer.model(), "odd").value();
    CHECK(test::largest_difference(graph, {.input_dims = {{1, 3, 5, 4}}, .precision = precision}, 3) < (precision == Precision::f32 ? 1e-4 : 0.02));
  }
}

TEST_CASE("plan: an input that is an output too keeps its memory, and dilated or padded patches stay windows") {
  using A = test::OnnxAttribute;
  test::OnnxWriter writer;
  const std::string x = writer.input("x", {1, 3, 16, 16});
  writer.node("Conv", {x, writer.floats({8, 3, 8, 8}, std::vector<float>(8 * 192, 0.01f))}, {A::integers("strides", {8, 8})}, "y");
  writer.output("y", {1, 8, 2, 2});
  writer.output("x", {1, 3, 16, 16});
  if (const auto graph = Graph::load(writer.model(), "both")) {
    const auto plan = Plan::create(*graph, {.picture = PictureFormat{}});
    if (plan) CHECK(plan->output(1).size() == 768);
  }
  for (const auto& attribute : {A::integers("dilations", {2, 2}), A::integers("pads", {0, 0, 8, 8})}) {
    test::OnnxWriter odd;
    const std::string in = odd.input("x", {1, 3, 32, 32});
    odd.node("Conv", {in, odd.floats({8, 3, 8, 8}, std::vector<float>(8 * 192, 0.01f))}, {A::integers("strides", {8, 8}), attribute}, "y");
    odd.output("y", {1, 8, -1, -1});
    const Graph graph = Graph::load(odd.model(), "odd").value();
    auto plan = Plan::create(graph, {.input_dims = {{1, 3, 32, 32}}, .picture = PictureFormat{}}).value();
    CHECK_FALSE(plan.input(0).empty());
  }
}
