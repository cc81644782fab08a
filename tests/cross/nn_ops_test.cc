// Every operator through the plan (oneDNN, own loops) and through the reference loops, with the same random
// input.
//
// To add an operator: a TEST_CASE with its shapes (1, odd, no multiple of 8) and the tolerance it is held to.
#include <cmath>
#include <functional>

#include "nn/reference.h"
#include "support/nn_compare.h"
#include "support/onnx_writer.h"
#include "support/test.h"

using namespace lc;
using namespace lc::nn;
using A = test::OnnxAttribute;
using Ints = std::vector<std::int64_t>;

namespace {

constexpr double kExact = 0;  // only moves elements
constexpr double kOneOperation = 1e-6;
constexpr double kSums = 2e-5;  // sums of a few hundred products, in another order
constexpr double kTranscendental = 2e-5;

// A constant of random numbers.
std::string weights(test::OnnxWriter& w, const Ints& dims, unsigned seed) {
  return w.floats(dims, test::random_tensor(dims, seed).f);
}

struct Case {
  std::string op;
  Ints in;
  std::vector<A> attributes = {};
  int opset = 13;
  std::vector<std::pair<Ints, Ints>> integers = {};  // constant inputs that follow
};

// A graph of one node.
Graph single(const Case& c) {
  test::OnnxWriter w(c.opset);
  std::vector<std::string> in{w.input("x", c.in)};
  for (const auto& [dims, values] : c.integers) in.push_back(w.integers(dims, values));
  w.node(c.op, in, c.attributes, "y");
  w.output("y", {});
  auto graph = Graph::load(w.model(), "single");
  if (!graph) throw std::runtime_error(graph.error().text);
  return *graph;
}

void check(const Graph& graph, double tolerance, int threads = 1) {
  CHECK(test::largest_difference(graph, {{}, threads}, 3) <= tolerance);
}

void check(const std::vector<Case>& cases, double tolerance) {
  for (const Case& c : cases) {
    CAPTURE(c.op);
    CAPTURE(nn::to_string(c.in));
    check(single(c), tolerance);
    if (c.in.size() == 4) check(single(c), tolerance, 2);
  }
}

struct ConvCase {
  Ints in, weights;  // as ONNX has them
  Ints strides = {1, 1}, pads = {0, 0, 0, 0}, dilations = {1, 1};
  std::int64_t groups = 1;
  std::string op = "Conv", auto_pad = "NOTSET";
  Ints output_padding = {0, 0};
};

std::string conv(test::OnnxWriter& w, const std::string& x, const ConvCase& c, unsigned seed,
                 const std::string& name = "") {
  const std::int64_t out = c.op == "Conv" ? c.weights[0] : c.weights[1] * c.groups;
  std::vector<A> attributes{A::integers("strides", c.strides), A::integers("dilations", c.dilations),
                            A::integer("group", c.groups)};
  if (c.auto_pad == "NOTSET")
    attributes.push_back(A::integers("pads", c.pads));
  else
    attributes.push_back(A::text("auto_pad", c.auto_pad));
  if (c.op == "ConvTranspose") attributes.push_back(A::integers("output_padding", c.output_padding));
  return w.node(c.op, {x, weights(w, c.weights, seed), weights(w, {out}, seed + 1)}, attributes, name);
}

}  // namespace

TEST_CASE("conv: strides, pads, dilations, groups, depthwise, as the reference") {
  const std::vector<ConvCase> cases = {
      {{1, 1, 1, 1}, {1, 1, 1, 1}},
      {{1, 3, 7, 5}, {8, 3, 3, 3}, {1, 1}, {1, 1, 1, 1}},
      {{2, 5, 9, 11}, {7, 5, 3, 5}, {2, 1}, {0, 2, 1, 2}},
      {{1, 16, 13, 17}, {24, 16, 1, 1}},
      {{2, 16, 8, 8}, {16, 1, 3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 16},
      {{1, 13, 15, 9}, {13, 1, 3, 3}, {2, 2}, {1, 1, 1, 1}, {1, 1}, 13},
      {{1, 12, 10, 10}, {18, 4, 3, 3}, {1, 1}, {2, 2, 2, 2}, {2, 2}, 3},
      {{1, 8, 5, 5}, {16, 1, 3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 8},
      {{1, 3, 32, 48}, {20, 3, 8, 8}, {8, 8}},  // kernel columns become channels
      {{2, 4, 12, 8}, {6, 4, 3, 4}, {2, 4}, {1, 0, 1, 0}},
      {{1, 16, 6, 10}, {24, 16, 2, 2}, {2, 2}},
      {{1, 3, 33, 50}, {20, 3, 8, 8}, {8, 8}},  // does not divide
      {{1, 4, 6, 6}, {4, 4, 3, 3}, {2, 2}, {}, {1, 1}, 1, "Conv", "SAME_UPPER"},
      {{1, 4, 7, 6}, {4, 4, 2, 4}, {1, 2}, {}, {1, 1}, 1, "Conv", "SAME_LOWER"},
      {{1, 4, 7, 6}, {4, 4, 3, 3}, {2, 2}, {}, {1, 1}, 1, "Conv", "VALID"},
      {{1, 2, 40, 3}, {3, 2, 5, 3}, {1, 1}, {4, 2, 4, 2}},
  };
  for (const ConvCase& c : cases) {
    CAPTURE(nn::to_string(c.in));
    CAPTURE(nn::to_string(c.weights));
    test::OnnxWriter w;
    conv(w, w.input("x", c.in), c, 11, "y");
    w.output("y", {});
    for (int threads : {1, 3}) check(Graph::load(w.model(), "conv").value(), kSums, threads);
  }
}

TEST_CASE("conv transpose: strides, pads, output padding, groups, as the reference") {
  const std::vector<ConvCase> cases = {
      {{1, 3, 5, 7}, {3, 4, 3, 3}, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1, "ConvTranspose"},
      {{2, 8, 5, 7}, {8, 5, 4, 4}, {2, 2}, {1, 1, 1, 1}, {1, 1}, 1, "ConvTranspose"},
      {{1, 16, 9, 3}, {16, 8, 5, 5}, {2, 2}, {2, 2, 2, 2}, {1, 1}, 1, "ConvTranspose", "NOTSET", {1, 1}},
      {{1, 6, 4, 4}, {6, 2, 3, 3}, {2, 1}, {1, 0, 0, 1}, {1, 1}, 3, "ConvTranspose"},
      {{1, 4, 4, 4}, {4, 4, 3, 3}, {1, 1}, {0, 0, 0, 0}, {2, 2}, 1, "ConvTranspose"},
      {{1, 4, 6, 5}, {4, 3, 3, 3}, {2, 2}, {}, {1, 1}, 1, "ConvTranspose", "SAME_UPPER"},
  };
  for (const ConvCase& c : cases) {
    CAPTURE(nn::to_string(c.in));
    CAPTURE(nn::to_string(c.weights));
    test::OnnxWriter w;
    conv(w, w.input("x", c.in), c, 12, "y");
    w.output("y", {});
    check(Graph::load(w.model(), "conv transpose").value(), kSums, 2);
  }
}

TEST_CASE("activations: alone and fused into a convolution, as the reference") {
  const std::vector<Case> cases = {{"Relu", {}},
                                   {"LeakyRelu", {}, {A::number("alpha", 0.1f)}},
                                   {"LeakyRelu", {}},
                                   {"Sigmoid", {}},
                                   {"Tanh", {}},
                                   {"Elu", {}},
                                   {"Elu", {}, {A::number("alpha", 0.3f)}},
                                   {"Exp", {}},
                                   {"Abs", {}},
                                   {"Neg", {}},
                                   {"HardSwish", {}, {}, 14},
                                   {"HardSigmoid", {}},
                                   {"HardSigmoid", {}, {A::number("alpha", 0.3f), A::number("beta", 0.4f)}},
                                   {"Clip", {}, {A::number("min", -0.25f), A::number("max", 0.5f)}, 10},
                                   {"Clip", {}, {A::number("max", 0.5f)}, 9}};
  for (Case c : cases) {
    CAPTURE(c.op);
    for (const Ints& in : {Ints{1}, Ints{3, 7}, Ints{1, 5, 3, 9}, Ints{2, 16, 4, 4}}) {
      c.in = in;
      check(single(c), kTranscendental);
    }
    for (const char* op : {"Conv", "ConvTranspose"}) {
      test::OnnxWriter w(c.opset);
      const std::string x = conv(w, w.input("x", {1, 6, 9, 7}),
                                 {{1, 6, 9, 7}, {6, 6, 3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1, op}, 5);
      w.node(c.op, {x}, c.attributes, "y");
      w.output("y", {});
      check(Graph::load(w.model(), "fused").value(), kSums);
    }
  }
}

TEST_CASE(
    "square root and powers by one number: alone and fused into a convolution, of any sign where that is defined") {
  const auto root = [](test::OnnxWriter& w, const std::string& x) { w.node("Sqrt", {x}, {}, "y"); };
  const auto power = [](float exponent) {
    return [exponent](test::OnnxWriter& w, const std::string& x) {
      w.node("Pow", {x, exponent == 2 ? w.integers({1}, {2}) : w.floats({}, {exponent})}, {}, "y");
    };
  };
  struct Function {
    const char* name;
    std::function<void(test::OnnxWriter&, const std::string&)> add;
    bool takes_negative;
  };
  for (const Function& f : {Function{"root", root, false},
                            {"0.5", power(0.5f), false},
                            {"1.7", power(1.7f), false},
                            {"-1", power(-1), false},
                            {"0", power(0), true},
                            {"2", power(2), true},
                            {"3", power(3), true}})
    for (const bool is_fused : {false, true}) {
      CAPTURE(std::string(f.name));
      CAPTURE(is_fused);
      test::OnnxWriter w;
      std::string x = w.input("x", {1, 6, 9, 7});
      if (is_fused) x = conv(w, x, {{}, {6, 6, 3, 3}, {1, 1}, {1, 1, 1, 1}}, 5);
      if (!f.takes_negative) x = w.node("Sigmoid", {x});
      f.add(w, x);
      w.output("y", {});
      const Graph graph = Graph::load(w.model(), "power").value();
      for (int threads : {1, 2}) check(graph, 5e-5, threads);
      const std::string description = Plan::create(graph).value().describe();
      CHECK((description.find("+activation") != std::string::npos) == is_fused);
    }
}

TEST_CASE("clip: bounds as inputs, each may be missing") {
  for (int absent = 0; absent < 4; ++absent) {
    CAPTURE(absent);
    test::OnnxWriter w;
    const std::string x = w.input("x", {2, 9});
    const std::string low = absent & 1 ? "" : w.floats({}, {-0.5f}),
                      high = absent & 2 ? "" : w.floats({}, {0.25f});
    w.node("Clip", {x, low, high}, {}, "y");
    w.output("y", {});
    check(Graph::load(w.model(), "clip").value(), kExact);
  }
}

TEST_CASE("arithmetic: operands stretched to each other, one of them constant or both computed") {
  const std::vector<std::pair<Ints, Ints>> shapes = {{{1}, {1}},
                                                     {{3, 5}, {3, 5}},
                                                     {{3, 5}, {5}},
                                                     {{3, 1}, {1, 5}},
                                                     {{2, 3, 5, 7}, {2, 3, 5, 7}},
                                                     {{1, 3, 5, 7}, {3, 1, 1}},
                                                     {{1, 3, 5, 7}, {1}},
                                                     {{1, 3, 5, 7}, {1, 3, 1, 1}},
                                                     {{1, 3, 5, 7}, {5, 7}},
                                                     {{1, 3, 5, 7}, {1, 1, 5, 7}},
                                                     {{1, 3, 1, 1}, {1, 3, 5, 7}},
                                                     {{7}, {2, 3, 5, 7}},
                                                     {{1, 3, 5, 1}, {1, 1, 1, 7}},
                                                     {{1, 3, 4, 5, 6}, {3, 1, 5, 1}},
                                                     {{}, {1, 2, 3, 4}},
                                                     {{1, 8, 6, 1}, {1, 8, 1, 6}}};
  for (const std::string op : {"Add", "Sub", "Mul", "Div", "Min", "Max", "Pow"})
    for (const auto& pair : shapes)
      for (int constant = 0; constant < 3; ++constant) {
        const Ints &a = pair.first, &b = pair.second;
        CAPTURE(op);
        CAPTURE(nn::to_string(a));
        CAPTURE(nn::to_string(b));
        CAPTURE(constant);
        test::OnnxWriter w;
        // Both are behind an activation, so that neither lies where the caller put it.
        const std::string left = constant == 1 && op == "Pow" ? w.node("Sigmoid", {weights(w, a, 5)})
                                 : constant == 1              ? weights(w, a, 5)
                                                              : w.node("Sigmoid", {w.input("a", a)});
        const std::string right = constant == 2 ? weights(w, b, 6) : w.node("Sigmoid", {w.input("b", b)});
        w.node(op, {left, right}, {}, "y");
        w.output("y", {});
        for (int threads : {1, 2})
          check(Graph::load(w.model(), "arithmetic").value(), kTranscendental, threads);
      }
}

TEST_CASE("minimum, maximum, sum: of one operand to five") {
  for (const std::string op : {"Min", "Max", "Sum"})
    for (std::size_t n = 1; n <= 5; ++n) {
      CAPTURE(op);
      CAPTURE(n);
      test::OnnxWriter w;
      std::vector<std::string> operands{w.input("a", {1, 3, 5, 7}), weights(w, {5, 7}, 8), w.input("b", {1, 3, 1, 1}),
                                        weights(w, {}, 3), w.input("c", {2, 3, 5, 1})};
      operands.resize(n);
      w.node(op, operands, {}, "y");
      w.output("y", {});
      for (int threads : {1, 2}) check(Graph::load(w.model(), "chain").value(), kOneOperation, threads);
    }
}

TEST_CASE("power: an exponent of integers for each channel") {
  test::OnnxWriter w;
  w.node("Pow", {w.input("x", {1, 3, 5, 7}), w.integers({3, 1, 1}, {1, 3, 2})}, {}, "y");
  w.output("y", {});
  check(Graph::load(w.model(), "power").value(), kTranscendental, 2);
}

TEST_CASE("prelu: a slope for each channel or each element") {
  for (const Ints& slope : {Ints{1}, Ints{5, 1, 1}, Ints{5, 3, 9}, Ints{1, 5, 1, 1}}) {
    CAPTURE(nn::to_string(slope));
    test::OnnxWriter w;
    w.node("PRelu", {w.input("x", {1, 5, 3, 9}), weights(w, slope, 4)}, {}, "y");
    w.output("y", {});
    check(Graph::load(w.model(), "prelu").value(), kOneOperation, 2);
  }
}

TEST_CASE("pooling: windows, pads, ceil mode, dilations, as the reference") {
  const auto window = [](const Ints& kernel, const Ints& strides, const Ints& pads) {
    return std::vector<A>{A::integers("kernel_shape", kernel), A::integers("strides", strides),
                          A::integers("pads", pads)};
  };
  std::vector<Case> cases;
  for (const char* op : {"MaxPool", "AveragePool"})
    for (const Ints& in : {Ints{1, 1, 4, 4}, Ints{1, 3, 7, 9}, Ints{2, 16, 8, 5}}) {
      cases.push_back({op, in, window({2, 2}, {2, 2}, {0, 0, 0, 0})});
      cases.push_back({op, in, window({3, 3}, {1, 1}, {1, 1, 1, 1})});
      cases.push_back({op, in, window({3, 2}, {2, 1}, {1, 0, 1, 1})});
      auto ceil = window({3, 3}, {2, 2}, {0, 0, 0, 0});
      ceil.push_back(A::integer("ceil_mode", 1));
      cases.push_back({op, in, ceil});
      cases.push_back({op,
                       in,
                       {A::integers("kernel_shape", {3, 3}), A::integers("strides", {2, 2}),
                        A::text("auto_pad", "SAME_UPPER")}});
    }
  auto padded = window({3, 3}, {2, 2}, {1, 1, 1, 1});
  padded.push_back(A::integer("count_include_pad", 1));
  cases.push_back({"AveragePool", {1, 5, 9, 9}, padded});
  auto dilated = window({2, 2}, {1, 1}, {0, 0, 0, 0});
  dilated.push_back(A::integers("dilations", {2, 3}));
  cases.push_back({"MaxPool", {1, 5, 9, 9}, dilated});
  for (const Ints& in : {Ints{1, 1, 1, 1}, Ints{2, 64, 8, 8}, Ints{1, 7, 5, 3}})
    cases.push_back({"GlobalAveragePool", in});
  check(cases, kSums);
}

TEST_CASE("reduce mean and softmax: over each axis, as the reference") {
  std::vector<Case> cases;
  for (std::int64_t keep : {0, 1}) {
    for (const Ints& axes : {Ints{2, 3}, Ints{1}, Ints{-1}, Ints{0, 2}, Ints{1, 2, 3}})
      cases.push_back(
          {"ReduceMean", {2, 5, 3, 7}, {A::integers("axes", axes), A::integer("keepdims", keep)}});
    cases.push_back({"ReduceMean", {3, 7}, {A::integers("axes", {1}), A::integer("keepdims", keep)}});
    cases.push_back({"ReduceMean", {2, 3, 4}, {A::integer("keepdims", keep)}});
  }
  for (const char* op : {"Softmax", "LogSoftmax"}) {
    for (std::int64_t axis : {0, 1, 2, 3, -1}) cases.push_back({op, {2, 5, 3, 7}, {A::integer("axis", axis)}});
    for (std::int64_t axis : {0, 1, 2}) cases.push_back({op, {2, 5, 3, 7}, {A::integer("axis", axis)}, 11});
    cases.push_back({op, {1, 10}, {}, 9});
    cases.push_back({op, {3, 1, 9}, {}, 13});
  }
  check(cases, kTranscendental);
}

TEST_CASE("matrices: gemm and matmul with constant and with computed operands") {
  for (const Ints& mkn : {Ints{1, 1, 1}, Ints{1, 64, 10}, Ints{3, 7, 5}, Ints{9, 33, 17}}) {
    const std::int64_t m = mkn[0], k = mkn[1], n = mkn[2];
    CAPTURE(nn::to_string(mkn));
    for (const Ints& c : {Ints{}, Ints{n}, Ints{1, n}, Ints{1}}) {
      test::OnnxWriter w;
      w.node("Gemm", {w.input("a", {m, k}), weights(w, {n, k}, 3), weights(w, c, 4)},
             {A::integer("transB", 1), A::number("alpha", 0.5f), A::number("beta", 2)}, "y");
      w.output("y", {});
      check(Graph::load(w.model(), "gemm").value(), kSums);
    }
    test::OnnxWriter constant, computed, batched, pictures, turned, tail;
    constant.node("MatMul", {constant.input("a", {2, m, k}), weights(constant, {k, n}, 3)}, {}, "y");
    computed.node("MatMul", {computed.input("a", {m, k}), computed.input("b", {k, n})}, {}, "y");
    batched.node("MatMul", {batched.input("a", {3, m, k}), batched.input("b", {1, k, n})}, {}, "y");
    pictures.node("MatMul", {pictures.input("a", {2, 3, m, k}), pictures.input("b", {3, k, n})}, {}, "y");
    turned.node("Gemm", {turned.input("a", {k, m}), weights(turned, {k, n}, 3)}, {A::integer("transA", 1)},
                "y");
    tail.node("Relu",
              {tail.node("Add", {tail.node("Gemm", {tail.input("a", {m, k}), weights(tail, {k, n}, 3)}),
                                 weights(tail, {n}, 9)})},
              {}, "y");
    for (test::OnnxWriter* w : {&constant, &computed, &batched, &pictures, &turned, &tail}) {
      w->output("y", {});
      check(Graph::load(w->model(), "matmul").value(), kSums);
    }
  }
}

TEST_CASE("moves: reshape, transpose, slice, pad, expand, gather, blocks, exactly") {
  std::vector<Case> cases = {
      {"Reshape", {1, 3, 4, 5}, {}, 13, {{{2}, {3, 20}}}},
      {"Reshape", {2, 3, 4, 5}, {}, 13, {{{4}, {2, 5, -1, 3}}}},
      {"Reshape", {2, 12}, {}, 13, {{{4}, {0, 3, 2, 2}}}},
      {"Reshape", {1, 4, 6, 6}, {}, 13, {{{6}, {1, 2, 2, 3, 2, 6}}}},
      {"Flatten", {2, 3, 4, 5}},
      {"Flatten", {2, 64, 1, 1}},
      {"Flatten", {2, 3, 4, 5}, {A::integer("axis", 3)}},
      {"Squeeze", {1, 3, 1, 5}, {}, 13, {{{2}, {0, 2}}}},
      {"Squeeze", {1, 3, 1, 5}, {}, 11},
      {"Unsqueeze", {3, 5}, {A::integers("axes", {0, 3})}, 11},
      {"Unsqueeze", {3, 4, 5}, {}, 13, {{{1}, {0}}}},
      {"Unsqueeze", {1, 3, 4, 5}, {}, 13, {{{1}, {2}}}},
      {"Transpose", {2, 3, 4, 5}},
      {"Transpose", {2, 3, 4, 5}, {A::integers("perm", {0, 2, 3, 1})}},
      {"Transpose", {2, 3, 4, 5}, {A::integers("perm", {0, 3, 1, 2})}},
      {"Transpose", {2, 3, 4, 5, 6}, {A::integers("perm", {0, 4, 2, 1, 3})}},
      {"Transpose", {3, 5}},
      {"Slice", {2, 9, 8, 7}, {}, 13, {{{3}, {1, -2, 3}}, {{3}, {100, -9, 5}}, {{3}, {1, 2, 3}}, {{3}, {2, -1, 1}}}},
      {"Slice", {5, 9}, {A::integers("starts", {1, 2}), A::integers("ends", {-1, 7})}, 9},
      {"Pad", {1, 3, 5, 7}, {A::integers("pads", {0, 0, 1, 2, 0, 1, 3, 0}), A::number("value", 0.5f)}, 10},
      {"Pad", {1, 3, 5, 7}, {A::text("mode", "edge"), A::integers("pads", {0, 0, 11, 2, 0, 0, 3, 1})}, 10},
      {"Pad", {1, 3, 5, 7}, {A::text("mode", "reflect")}, 13, {{{8}, {0, 0, 4, 2, 0, 0, 1, 3}}}},
      {"Pad", {1, 3, 5, 7}, {}, 13, {{{8}, {0, 0, -1, 2, 0, 0, 1, -3}}}},
      {"Expand", {3, 1}, {}, 13, {{{3}, {2, 1, 4}}}},
      {"Expand", {1, 3, 5, 1}, {}, 13, {{{4}, {1, 1, 5, 7}}}},
      {"Expand", {1, 1, 1, 7}, {}, 13, {{{4}, {1, 3, 6, 7}}}},
      {"Expand", {3, 5, 1}, {}, 13, {{{4}, {1, 1, 1, 7}}}},
      {"Expand", {1, 3, 5, 7}, {}, 13, {{{2}, {5, 1}}}},
      {"Expand", {2, 1}, {}, 9, {{{5}, {2, 1, 3, 1, 2}}}},
      {"Gather", {2, 5, 3, 4}, {A::integer("axis", 1)}, 13, {{{3}, {4, 0, -1}}}},
      {"Gather", {2, 5, 3, 4}, {A::integer("axis", 2)}, 13, {{{}, {1}}}},
      {"Gather", {2, 5, 3}, {A::integer("axis", 0)}, 13, {{{2}, {1, 1}}}},
  };
  for (std::int64_t b : {1, 2, 3, 8})
    for (const char* mode : {"DCR", "CRD"}) {
      cases.push_back(
          {"DepthToSpace", {1, 3 * b * b, 5, 3}, {A::integer("blocksize", b), A::text("mode", mode)}});
      cases.push_back(
          {"DepthToSpace", {2, b * b, 2, 1}, {A::integer("blocksize", b), A::text("mode", mode)}});
      cases.push_back({"SpaceToDepth", {2, 3, 2 * b, 5 * b}, {A::integer("blocksize", b)}});
      cases.push_back({"SpaceToDepth", {1, 3, 4 * b, 5 * b}, {A::integer("blocksize", b)}});
    }
  check(cases, kExact);
}

TEST_CASE("concat: along each axis, computed and constant parts") {
  for (std::int64_t axis : {0, 1, 2, 3, -1}) {
    CAPTURE(axis);
    test::OnnxWriter w;
    const std::size_t at = axis < 0 ? 3 : static_cast<std::size_t>(axis);
    Ints a{1, 3, 4, 5}, b = a, c = a;
    b[at] = 7;
    c[at] = 2;
    w.node("Concat", {w.input("a", a), weights(w, b, 3), w.node("Relu", {w.input("c", c)})},
           {A::integer("axis", axis)}, "y");
    w.output("y", {});
    for (int threads : {1, 2}) check(Graph::load(w.model(), "concat").value(), kExact, threads);
  }
}

TEST_CASE("split: equal and given parts, along each axis, read again and not at all") {
  for (const int opset : {11, 13})
    for (std::int64_t axis : {0, 1, 2, 3, -1})
      for (const bool is_equal : {true, false}) {
        CAPTURE(opset);
        CAPTURE(axis);
        CAPTURE(is_equal);
        test::OnnxWriter w(opset);
        const std::size_t at = axis < 0 ? 3 : static_cast<std::size_t>(axis);
        Ints in{1, 3, 4, 5};
        in[at] = 12;
        std::vector<std::string> inputs{w.node("Tanh", {w.input("x", in)})};
        std::vector<A> attributes{A::integer("axis", axis)};
        const Ints sizes{7, 1, 4};
        if (!is_equal && opset < 13) attributes.push_back(A::integers("split", sizes));
        if (!is_equal && opset >= 13) inputs.push_back(w.integers({3}, sizes));
        w.node("Split", inputs, attributes, std::vector<std::string>{"a", "b", "c"});
        w.node("Relu", {"c"}, {}, "y");
        w.node("Concat", {"c", "a"}, {A::integer("axis", axis)}, "z");
        for (const char* name : {"a", "y", "z"}) w.output(name, {});
        for (int threads : {1, 2}) check(Graph::load(w.model(), "split").value(), kTranscendental, threads);
      }
}

TEST_CASE("quantised numbers: rounded and saturated as the reference, through what moves and pools them") {
  const auto bytes = [](test::OnnxWriter& w, std::int64_t type, const std::string& values, bool is_scalar = false) {
    const Ints dims = is_scalar ? Ints{} : Ints{static_cast<std::int64_t>(values.size())};
    return w.tensor(dims, test::wire_integer(2, type) + test::wire_bytes(9, values));
  };
  struct Quant {
    std::vector<float> scale;
    std::int64_t type;  // of the zero point: 2 is UINT8, 3 is INT8
    std::string zero;
    std::int64_t axis;
  };
  const std::string of_three{"\x00\xfb\x07", 3}, of_four{"\x01\x80\x7f\x00", 4};
  const std::vector<Quant> cases = {
      {{0.01f}, 2, std::string(1, '\x80'), 1},       {{0.003f}, 2, std::string(1, '\0'), 1},
      {{0.0078125f}, 3, std::string(1, '\x05'), 1},  {{0.02f, 0.5f, 0.004f}, 3, of_three, 1},
      {{0.25f, 0.125f, 0.1f, 0.01f}, 2, of_four, 2}, {{0.25f, 0.01f, 0.1f, 0.01f}, 3, of_four, -2}};
  for (const Quant& c : cases) {
    CAPTURE(c.type);
    CAPTURE(c.scale[0]);
    test::OnnxWriter w;
    const bool is_scalar = c.scale.size() == 1;
    const auto n = static_cast<std::int64_t>(c.scale.size());
    const std::vector<A> axis{A::integer("axis", c.axis)};
    const std::string scale = w.floats(is_scalar ? Ints{} : Ints{n}, c.scale),
                      zero = bytes(w, c.type, c.zero, is_scalar);
    const std::string q = w.node("QuantizeLinear", {w.input("x", {1, 3, 4, 5}), scale, zero}, axis, "q");
    w.node("DequantizeLinear", {q, scale, zero}, axis, "y");
    const std::string pooled = w.node("MaxPool", {q}, {A::integers("kernel_shape", {1, 2})});
    w.node("DequantizeLinear", {pooled, scale, zero}, axis, "pooled");
    for (const char* name : {"q", "y", "pooled"}) w.output(name, {});
    for (int threads : {1, 3}) check(Graph::load(w.model(), "quantised").value(), kExact, threads);
  }
}

TEST_CASE("quantised numbers: halves go to the even neighbour, what is too large to the end of the type") {
  test::OnnxWriter w;
  const std::string half = w.floats({}, {0.5f});
  const std::string zero = w.tensor({}, test::wire_integer(2, 3) + test::wire_bytes(9, "\x03"));
  w.node("QuantizeLinear", {w.input("x", {9}), half, zero}, {}, "y");
  w.output("y", {});
  const Graph graph = Graph::load(w.model(), "halves").value();
  const Tensor x = Tensor::floats({9}, {-0.75f, -0.25f, 0.25f, 0.75f, 1.25f, 0.6f, 1e9f, -1e9f, -65.75f});
  const std::vector<float> want{1, 3, 3, 5, 5, 4, 127, -128, -128};
  Plan plan = Plan::create(graph).value();
  CHECK(test::run_plan(plan, {x}).value().at(0).f == want);
  CHECK(run_reference(graph, {x}).value().at(0).f == want);
}

TEST_CASE("quantised numbers: weights and picture of a convolution, as exporters write them") {
  test::OnnxWriter w;
  const std::string tenth = w.floats({}, {0.05f}),
                    middle = w.tensor({}, test::wire_integer(2, 2) + test::wire_bytes(9, "\x80"));
  const auto dequantised = [&](const Ints& dims, const std::string& values, const std::vector<float>& scale) {
    const auto n = static_cast<std::int64_t>(scale.size());
    return w.node("DequantizeLinear",
                  {w.tensor(dims, test::wire_integer(2, 3) + test::wire_bytes(9, values)), w.floats({n}, scale)},
                  {A::integer("axis", 0)});
  };
  std::string values;
  for (int i = 0; i < 4 * 3 * 9; ++i) values += static_cast<char>(i * 37);
  const auto through = [&](const std::string& x) {
    return w.node("DequantizeLinear", {w.node("QuantizeLinear", {x, tenth, middle}), tenth, middle});
  };
  const std::string kernel = dequantised({4, 3, 3, 3}, values, {0.01f, 0.02f, 0.005f, 0.01f});
  const std::string bias = dequantised({4}, "\x01\x02\xfe\x7f", {0.1f, 0.2f, 0.1f, 0.01f});
  const std::string x = w.node("Conv", {through(w.input("x", {1, 3, 12, 8})), kernel, bias});
  w.node("Relu", {x}, {}, "y");
  w.node("Clip", {through(x)}, {}, "z");
  w.output("y", {});
  const Graph graph = Graph::load(w.model(), "qdq").value();
  check(graph, kSums, 2);
  CHECK(Plan::create(graph).value().describe().find("DequantizeLinear") != std::string::npos);
}

TEST_CASE("resize: linear, every rule of coordinates, along rows, columns and others") {
  for (const std::string transform : {"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"})
    for (const auto& pair : std::vector<std::pair<Ints, Ints>>{{{1, 3, 6, 8}, {1, 3, 12, 16}},
                                                               {{1, 3, 6, 8}, {1, 3, 15, 4}},
                                                               {{1, 3, 6, 8}, {1, 3, 1, 9}},
                                                               {{1, 5, 7, 8}, {1, 5, 7, 20}},
                                                               {{1, 5, 7, 8}, {1, 5, 40, 8}},
                                                               {{2, 5, 1, 1}, {2, 5, 3, 4}},
                                                               {{1, 4, 3, 3}, {1, 7, 3, 6}},
                                                               {{1, 4, 3, 3}, {1, 4, 3, 3}},
                                                               {{4, 6}, {9, 3}},
                                                               {{2, 3, 4}, {2, 3, 7}}}) {
      const Ints &in = pair.first, &sizes = pair.second;
      CAPTURE(transform);
      CAPTURE(nn::to_string(in));
      CAPTURE(nn::to_string(sizes));
      test::OnnxWriter w;
      const std::string x = w.node("Tanh", {w.input("x", in)});
      const std::string y = w.node("Resize", {x, "", "", w.integers({static_cast<std::int64_t>(in.size())}, sizes)},
                                   {A::text("mode", "linear"), A::text("coordinate_transformation_mode", transform)});
      w.node("Relu", {y}, {}, "y");
      w.output("y", {});
      for (int threads : {1, 2, 3}) check(Graph::load(w.model(), "resize").value(), kTranscendental, threads);
    }
  test::OnnxWriter old(9);
  old.node("Upsample", {old.input("x", {1, 3, 6, 8}), old.floats({4}, {1, 1, 2, 2.5f})}, {A::text("mode", "linear")},
           "y");
  old.output("y", {});
  check(Graph::load(old.model(), "upsample").value(), kTranscendental, 2);
}

TEST_CASE("resize: nearest, every rule of coordinates and rounding") {
  for (const std::string transform : {"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"})
    for (const std::string rounding : {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"})
      for (const std::vector<float>& scales :
           {std::vector<float>{1, 1, 2, 2}, {1, 1, 1.5f, 3}, {1, 1, 0.5f, 0.75f}}) {
        CAPTURE(transform);
        CAPTURE(rounding);
        test::OnnxWriter w;
        w.node("Resize", {w.input("x", {1, 3, 6, 8}), "", w.floats({4}, scales)},
               {A::text("coordinate_transformation_mode", transform), A::text("nearest_mode", rounding)},
               "y");
        w.output("y", {});
        for (int threads : {1, 2}) check(Graph::load(w.model(), "resize").value(), kExact, threads);
      }
  test::OnnxWriter old(10);
  old.node("Resize", {old.input("x", {1, 3, 6, 8}), old.floats({4}, {1, 1, 2, 2})}, {}, "y");
  old.output("y", {});
  check(Graph::load(old.model(), "resize").value(), kExact);
}

TEST_CASE("batch normalisation: folded into a convolution, and alone") {
  for (const std::string op : {"Conv", "ConvTranspose", "none"}) {
    CAPTURE(op);
    test::OnnxWriter w;
    std::string x = w.input("x", {1, 6, 5, 7});
    if (op != "none")
      x = conv(w, x,
               {{}, {6, op == "Conv" ? 3 : 2, 3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, op == "Conv" ? 2 : 3, op},
               3);
    const std::string variance = w.floats({6}, {0.5f, 1, 1.5f, 2, 0.1f, 3});
    x = w.node("BatchNormalization",
               {x, weights(w, {6}, 1), weights(w, {6}, 2), weights(w, {6}, 3), variance});
    w.node("Relu", {x}, {}, "y");
    w.output("y", {});
    for (int threads : {1, 2}) check(Graph::load(w.model(), "bn").value(), kSums, threads);
  }
}

TEST_CASE("residuals: sums into what is read again, into inputs, into each other") {
  const ConvCase c{{}, {8, 8, 3, 3}, {1, 1}, {1, 1, 1, 1}};
  for (int variant = 0; variant < 7; ++variant) {
    CAPTURE(variant);
    test::OnnxWriter w;
    const std::string in = w.input("x", {1, 8, 24, 9});
    const std::string x = variant == 0 ? in : w.node("Relu", {conv(w, in, c, 1)});
    const std::string a = conv(w, x, c, 2), b = conv(w, w.node("LeakyRelu", {a}), {{}, {8, 8, 1, 1}}, 3);
    std::string y;
    switch (variant) {
      case 2:
        y = w.node("Add", {w.node("Add", {x, b}), x});
        break;  // read again afterwards
      case 3:
        y = w.node("Add", {conv(w, x, c, 5), b});
        break;  // two convolutions
      case 4:
        y = w.node("Add", {b, b});
        break;  // itself
      case 5:
        y = w.node("Relu", {w.node("Add", {a, conv(w, a, c, 6)})});
        break;  // its own source
      case 6:
        y = w.node("Add", {w.node("Sigmoid", {b}), x});
        break;
      default:
        y = w.node("Add", {x, b});
        break;
    }
    w.node("Relu", {y}, {}, "y");
    w.output("y", {});
    if (variant == 1) w.output(x, {});
    for (int threads : {1, 2, 5}) check(Graph::load(w.model(), "residual").value(), 1e-4, threads);
  }
}

TEST_CASE("graph borders: an input as output, a constant as output, one value as two outputs") {
  test::OnnxWriter w;
  const std::string x = w.input("x", {1, 3, 4, 5});
  w.node("Identity", {x}, {}, "same");
  w.node("Reshape", {x, w.integers({1}, {60})}, {}, "flat");
  w.node("Relu", {weights(w, {1, 2, 3, 4}, 1)}, {}, "constant");
  w.node("Dropout", {w.node("Relu", {x}, {}, "one")}, {}, "two");
  for (const char* name : {"same", "flat", "constant", "one", "two"}) w.output(name, {});
  check(Graph::load(w.model(), "borders").value(), kExact);
}
