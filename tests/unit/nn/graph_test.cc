// What Graph::load and Plan::create refuse, and with which words; and that no bytes at all bring them down.
#include "nn/graph.h"

#include <limits>
#include <random>

#include "nn/plan.h"
#include "support/codec_graphs.h"
#include "support/nn_compare.h"
#include "support/onnx_writer.h"
#include "support/test.h"

using namespace lc;
using namespace lc::nn;
using A = test::OnnxAttribute;

namespace {

Error load_error(const test::OnnxWriter& w) {
  auto graph = Graph::load(w.model(), "m.onnx");
  return graph ? Error{Errc::backend, "loaded"} : graph.error();
}

Error plan_error(const test::OnnxWriter& w, const PlanOptions& options = {}) {
  auto graph = Graph::load(w.model(), "m.onnx");
  if (!graph) return {Errc::backend, "not loaded: " + graph.error().text};
  auto plan = Plan::create(*graph, options);
  return plan ? Error{Errc::backend, "planned"} : plan.error();
}

bool has(const Error& error, std::string_view part) { return error.text.find(part) != std::string::npos; }

// A small model with a bit of everything.
Bytes small_model() {
  test::OnnxWriter w;
  const std::string x = w.input("x", {1, 3, 8, 8});
  const std::string c =
      w.node("Conv", {x, w.floats({4, 3, 3, 3}, std::vector<float>(108, 0.1f)), w.floats({4}, {1, 2, 3, 4})},
             {A::integers("pads", {1, 1, 1, 1}), A::text("auto_pad", "NOTSET")});
  const std::string r = w.node("LeakyRelu", {c}, {A::number("alpha", 0.1f)});
  const std::string d = w.node("DepthToSpace", {r}, {A::integer("blocksize", 2), A::text("mode", "CRD")});
  w.node("Split", {d, w.integers({2}, {6, 10})}, {A::integer("axis", 2)}, std::vector<std::string>{"top", "bottom"});
  const std::string scale = w.floats({1}, {0.1f}),
                    zero = w.tensor({1}, test::wire_integer(2, 3) + test::wire_bytes(9, "\x05"));
  const std::string q = w.node("QuantizeLinear", {"top", scale, zero});
  const std::string two =
      w.node("Expand", {w.node("DequantizeLinear", {q, scale, zero}), w.integers({4}, {1, 2, 1, 1})});
  const std::string taller =
      w.node("Resize", {"bottom", "", w.floats({4}, {1, 2, 0.6f, 1})}, {A::text("mode", "linear")});
  const std::string m = w.node("Max", {two, w.node("Pow", {taller, w.floats({}, {2})}), w.node("LogSoftmax", {two})});
  const std::string counted = w.node("Range", {w.integers({}, {1}), w.integers({}, {3}), w.integers({}, {1})});
  const std::string is_one = w.node("Equal", {w.integers({2}, {1, 7}), counted});
  w.node("Reshape", {m, w.node("Where", {is_one, w.integers({2}, {1, 1}), w.integers({1}, {-1})})}, {}, "y");
  w.output("y", {1, 192});
  return w.model();
}

// Loads, plans and runs whatever can be.
void survive(ByteSpan bytes) {
  auto graph = Graph::load(bytes, "bytes");
  if (!graph) {
    CHECK_FALSE(graph.error().text.empty());
    return;
  }
  std::int64_t elements = 0;
  std::vector<Dims> dims;
  for (const Port& port : graph->inputs()) {
    dims.push_back(port.dims);
    for (std::int64_t& d : dims.back())
      if (d < 0) d = 8;
    elements += element_count(dims.back()).value_or(1 << 20);
  }
  if (elements > 1 << 16) return;  // right, but slow
  auto plan = Plan::create(*graph, {dims, 1});
  if (plan) CHECK(plan->run());
}

}  // namespace

TEST_CASE("graph: what it says of a good model") {
  const Graph graph = Graph::load(test::codec_encoder({8, 12, 1, 1}), "encoder").value();
  REQUIRE(graph.inputs().size() == 1);
  CHECK(graph.inputs()[0].name == "x");
  CHECK(graph.inputs()[0].dims == Dims{1, 3, -1, -1});
  CHECK(graph.outputs()[0].name == "y");
  Plan plan = Plan::create(graph, {{{1, 3, 32, 48}}}).value();
  CHECK(plan.input_shape(0) == Dims{1, 32, 48, 3});
  CHECK(plan.output_shape(0) == Dims{1, 2, 3, 12});
  CHECK(plan.input(0).size() == 32 * 48 * 3);
  CHECK(plan.macs() > 0);
}

TEST_CASE("graph: an unknown operator, domain, opset or type is named") {
  test::OnnxWriter lstm;
  lstm.node("LSTM", {lstm.input("x", {1})}, {}, "y");
  lstm.output("y", {1});
  const Error error = load_error(lstm);
  CHECK(error.code == Errc::unsupported);
  CHECK(has(error, "m.onnx: LSTM 'node_y': not supported; supported are Abs, Add, And,"));
  for (int opset : {8, 18}) {
    test::OnnxWriter w(opset);
    w.output(w.node("Relu", {w.input("x", {1})}), {1});
    CHECK(has(load_error(w), "of ai.onnx; export with opset 9 to 17"));
  }
  test::OnnxWriter input;
  input.output(input.node("Relu", {input.input("x", {1}, 7)}), {1});
  CHECK(has(load_error(input), "input 'x' has element type INT64"));
  test::OnnxWriter tensor;
  tensor.output(
      tensor.node("Add", {tensor.input("x", {1}),
                          tensor.tensor({1}, test::wire_integer(2, 14) + test::wire_bytes(9, "01234567"))}),
      {1});
  CHECK(has(load_error(tensor), "element type COMPLEX64 (14); supported are FLOAT"));
  test::OnnxWriter external;
  external.output(
      external.node("Add", {external.input("x", {1}),
                            external.tensor({1}, test::wire_integer(2, 1) + test::wire_integer(14, 1))}),
      {1});
  CHECK(has(load_error(external), "its data are in another file"));
}

TEST_CASE("graph: wiring that makes no sense is refused") {
  test::OnnxWriter cycle;
  cycle.input("x", {1});
  cycle.node("Add", {"x", "b"}, {}, "a");
  cycle.node("Relu", {"a"}, {}, "b");
  cycle.output("b", {1});
  CHECK(has(load_error(cycle), "is part of a cycle"));
  test::OnnxWriter missing;
  missing.output(missing.node("Add", {missing.input("x", {1}), "weights"}), {1});
  CHECK(has(load_error(missing), "reads 'weights', which nothing writes"));
  test::OnnxWriter twice;
  twice.node("Relu", {twice.input("x", {1})}, {}, "y");
  twice.node("Tanh", {"x"}, {}, "y");
  twice.output("y", {1});
  CHECK(has(load_error(twice), "value 'y' is written twice"));
  test::OnnxWriter nothing;
  nothing.input("x", {1});
  CHECK(has(load_error(nothing), "has no outputs"));
  nothing.output("z", {1});
  CHECK(has(load_error(nothing), "output 'z' is written by no node"));
  test::OnnxWriter few;
  few.output(few.node("Conv", {few.input("x", {1})}), {1});
  CHECK(has(load_error(few), "1 inputs, 2 to 3 expected"));
  // Nodes in the wrong order are put right.
  test::OnnxWriter order;
  order.input("x", {1});
  order.node("Relu", {"a"}, {}, "b");
  order.node("Tanh", {"x"}, {}, "a");
  order.output("b", {1});
  CHECK(Graph::load(order.model(), "order"));
}

TEST_CASE("graph: sizes that lie are refused before memory is asked for") {
  const std::int64_t huge = std::int64_t{1} << 62;
  for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{huge},
                                                {huge, huge},
                                                {1 << 20, 1 << 20, 1 << 20},
                                                {-1},
                                                {-5, -7},
                                                {std::numeric_limits<std::int64_t>::min()},
                                                {3},
                                                std::vector<std::int64_t>(9, 1),
                                                std::vector<std::int64_t>(1000, 2)}) {
    test::OnnxWriter w;
    w.output(w.node("Add", {w.input("x", {1}), w.floats(dims, {1, 2})}), {1});
    CAPTURE(nn::to_string(dims));
    CHECK_FALSE(Graph::load(w.model(), "dims"));
  }
  test::OnnxWriter input;
  input.output(input.node("Relu", {input.input("x", {huge, huge})}), {1});
  CHECK(has(plan_error(input), "at most 268435456 elements"));
  // Two bytes of file for each of many messages.
  std::string nodes;
  for (int i = 0; i < 1 << 21; ++i) nodes += std::string("\x0a\x00", 2);
  const std::string many = test::wire_bytes(8, test::wire_integer(2, 13)) + test::wire_bytes(7, nodes);
  CHECK(has(Graph::load(as_bytes(many), "many").error(), "parts"));
}

TEST_CASE("plan: shapes that do not fit the model are refused with both shapes") {
  test::OnnxWriter w;
  w.output(w.node("Relu", {w.input("x", {1, 3, -1, -1})}), {});
  CHECK(has(plan_error(w), "input 'x': shape [1, 3, -1, -1] is open"));
  CHECK(has(plan_error(w, {{{1, 4, 8, 8}}}),
            "shape [1, 4, 8, 8] was asked for, the model takes [1, 3, -1, -1]"));
  CHECK(has(plan_error(w, {{{1, 3, 8}}}), "the model takes"));
  CHECK(has(plan_error(w, {{{1, 3, 0, 8}}}), "is open"));
  CHECK(has(plan_error(w, {{{1, 3, 8, 8}, {1}}}), "shapes for 2 inputs, the graph has 1"));
  CHECK(has(plan_error(w, {{{1, 3, 8, 8}}, 0}), "threads: expected 1 to 64, found 0"));
}

TEST_CASE("plan: parameters out of bounds are refused by name") {
  const auto conv = [](std::vector<A> attributes, std::vector<std::int64_t> weights = {2, 3, 3, 3}) {
    test::OnnxWriter w;
    std::int64_t n = 1;
    for (std::int64_t d : weights) n *= d;
    const auto values = w.floats(weights, std::vector<float>(static_cast<std::size_t>(n), 1.0f));
    w.output(w.node("Conv", {w.input("x", {1, 3, 8, 8}), values}, attributes), {});
    return plan_error(w);
  };
  CHECK(has(conv({A::integers("strides", {0, 1})}), "strides is 0"));
  CHECK(has(conv({A::integers("strides", {1, 1LL << 40})}), "strides is"));
  CHECK(has(conv({A::integers("pads", {-1, 0, 0, 0})}), "a padding of -1"));
  CHECK(has(conv({A::integers("pads", {1, 1})}), "pads of 2 values"));
  CHECK(has(conv({A::integers("dilations", {9, 9})}), "larger than the padded input"));
  CHECK(has(conv({A::integer("group", 2)}), "2 groups for 3 channels"));
  CHECK(has(conv({A::text("strides", "wide")}), "attribute strides: expected a list of integers"));
  CHECK(has(conv({}, {2, 5, 3, 3}), "do not fit input"));
  CHECK(has(conv({A::integers("kernel_shape", {5, 5})}), "kernel_shape [5, 5] but weights"));
}

TEST_CASE("plan: parts, numbers of quantisation and shapes that do not fit are refused by node") {
  const auto planned = [](auto add_node, int opset = 13) {
    test::OnnxWriter w(opset);
    w.output(add_node(w, w.input("x", {1, 6, 4, 4})), {});
    return plan_error(w);
  };
  using W = test::OnnxWriter;
  const auto split = [&](const std::vector<std::int64_t>& sizes) {
    return planned([&](W& w, const std::string& x) {
      const auto n = static_cast<std::int64_t>(sizes.size());
      w.node("Split", {x, w.integers({n}, sizes)}, {A::integer("axis", 1)}, std::vector<std::string>{"a", "b"});
      return "b";
    });
  };
  CHECK(split({2, 4}).text == "planned");
  CHECK(has(split({2, 5}), "Split 'node_a': sizes [2, 5] do not split 6 into 2 parts"));
  CHECK(has(split({-1, 7}), "do not split 6"));
  CHECK(has(split({std::numeric_limits<std::int64_t>::max(), 7}), "do not split 6"));
  CHECK(has(split({1, 2, 3}), "sizes [1, 2, 3] do not split 6 into 2 parts"));
  CHECK(has(split({6, 0}), "is empty"));
  const auto old_split = [&](const std::vector<A>& attributes) {
    return planned(
        [&](W& w, const std::string& x) {
          w.node("Split", {x}, attributes, std::vector<std::string>{"a", "b", "c", "d"});
          return "b";
        },
        11);
  };
  CHECK(old_split({A::integer("axis", 2)}).text == "planned");
  CHECK(has(old_split({A::integer("axis", 1)}), "6 cannot be split into 4 equal parts"));
  CHECK(has(old_split({A::integers("split", {1, 5})}), "split must have one number for each of 4 outputs"));
  CHECK(has(old_split({A::integer("axis", 1), A::integer("parts", 1)}), "into 4 equal parts"));

  const auto quantise = [&](const std::vector<float>& scale, std::int64_t type, const std::string& zero) {
    return planned([&](W& w, const std::string& x) {
      const auto n = static_cast<std::int64_t>(scale.size());
      return w.node("QuantizeLinear",
                    {x, w.floats({n}, scale), w.tensor({n}, test::wire_integer(2, type) + test::wire_bytes(9, zero))});
    });
  };
  CHECK(quantise({1}, 2, "0").text == "planned");
  CHECK(has(quantise({1}, 6, "0000"), "QuantizeLinear 'node_v2': a zero point that is neither UINT8 nor INT8"));
  CHECK(has(quantise({0}, 2, "0"), "a scale of 0; it must be above 0"));
  CHECK(has(quantise({-1}, 2, "0"), "it must be above 0"));
  CHECK(has(quantise({1, 1}, 2, "00"), "2 scales for axis 1 of [1, 6, 4, 4]"));

  const auto computed = [&](const char* op) {
    return planned([&](W& w, const std::string& x) { return w.node(op, {x}); });
  };
  CHECK(has(computed("Floor"), "Floor 'node_v0': its input must be constant, it is computed at run time"));
  CHECK(has(computed("ConstantOfShape"), "the shape must be constant"));
  CHECK(has(planned([](W& w, const std::string& x) {
              return w.node("Less", {x, w.floats({}, {1})});
            }),
            "computes integers from an input of the graph"));
  CHECK(has(planned([](W& w, const std::string& x) {
              return w.node("Where", {w.integers({1}, {1}), x, w.floats({}, {1})});
            }),
            "X must be constant, it is computed at run time"));
  CHECK(has(planned([](W& w, const std::string& x) {
              return w.node("Expand", {x, w.integers({2}, {3, 5})});
            }),
            "shapes [1, 6, 4, 4] and [3, 5] do not fit each other"));
  CHECK(has(planned([](W& w, const std::string& x) {
              return w.node("Max", {x, w.integers({1}, {3}), x});
            }),
            "Max 'node_v1': one operand is integers, one floats"));
  CHECK(has(planned([](W& w, const std::string& x) {
              return w.node("Resize", {x, "", "", w.integers({4}, {2, 7, 9, 9})}, {A::text("mode", "linear")});
            }),
            "mode linear along 4 axes; at most 2 are supported"));
}

TEST_CASE("plan: shapes out of a few bytes of file are refused before memory is asked for") {
  const std::int64_t huge = std::int64_t{1} << 40;
  const auto planned = [](auto add_node) {
    test::OnnxWriter w;
    w.output(w.node("Reshape", {w.input("x", {1}), add_node(w)}), {});
    return plan_error(w);
  };
  using W = test::OnnxWriter;
  CHECK(has(planned([&](W& w) {
              return w.node("ConstantOfShape", {w.integers({2}, {huge, huge})});
            }),
            "at most 268435456 elements are supported"));
  CHECK(has(planned([&](W& w) { return w.node("ConstantOfShape", {w.integers({1}, {1 << 28})}); }),
            "too much of the graph depends on constants only"));
  const auto range = [&](std::int64_t limit, std::int64_t delta) {
    return planned([&](W& w) {
      return w.node("Range", {w.integers({}, {0}), w.integers({}, {limit}), w.integers({}, {delta})});
    });
  };
  CHECK(has(range(huge, 1), "at most 268435456 are supported"));
  CHECK(has(range(5, 0), "at most 268435456 are supported"));
  CHECK(range(std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()).text == "planned");
  CHECK(has(planned([&](W& w) {
              return w.node("Expand", {w.integers({1}, {1}), w.integers({2}, {huge, 1})});
            }),
            "at most 268435456 elements are supported"));
  test::OnnxWriter operands;
  operands.input("x", {1});
  for (int i = 0; i < 20; ++i) operands.node("Max", std::vector<std::string>(4000, "x"), {}, fmt::format("y{}", i));
  operands.output("y0", {});
  CHECK(has(load_error(operands), "count as nodes: more than 65536"));
}

TEST_CASE("plan: operators on constants without elements bring nothing down") {
  const auto planned = [](int opset, auto add_node) {
    test::OnnxWriter w(opset);
    const std::string x = w.input("x", {1, 1, 1, 1});
    w.output(w.node("Add", {x, add_node(w)}), {});
    return plan_error(w);
  };
  // These went on: to a division by 0, to bounds in the wrong order, to an index of 2^40 entries.
  CHECK_FALSE(planned(13, [](auto& w) {
                return w.node("BatchNormalization", {w.floats({0, 1, 1, 1}, {}), w.floats({1}, {1}), w.floats({1}, {1}),
                                                     w.floats({1}, {1}), w.floats({1}, {1})});
              }).text.empty());
  CHECK_FALSE(planned(13, [](auto& w) {
                return w.node("Slice", {w.floats({1, 1, 0, 1}, {}), w.integers({1}, {-5}), w.integers({1}, {-9}),
                                        w.integers({1}, {2}), w.integers({1}, {-1})});
              }).text.empty());
  CHECK(has(planned(13,
                    [](auto& w) {
                      return w.node("Resize", {w.floats({1, 1, 0, 1}, {}), "", "",
                                               w.integers({4}, {1, 1, std::int64_t{1} << 40, 1})});
                    }),
            "shape [1, 1, 0, 1] is empty"));
}

TEST_CASE("plan: a huge window or resize over constants is refused, not computed for hours") {
  test::OnnxWriter w;
  const std::string pooled =
      w.node("MaxPool", {w.floats({1, 1, 1, 1}, {1})},
             {A::integers("kernel_shape", {32768, 32768}), A::integers("pads", {32767, 32767, 32767, 32767}),
              A::integers("strides", {8, 8})});
  w.output(w.node("Add", {w.input("x", {1, 1, 1, 1}), pooled}), {});
  CHECK(has(plan_error(w), "too much of the graph depends on constants only"));
  test::OnnxWriter tall;
  const std::string resized =
      tall.node("Resize", {tall.floats({1, 1, 1, 2}, {1, 2}), "", "", tall.integers({4}, {1, 1, 1 << 23, 4})},
                {A::text("mode", "linear")});
  tall.output(tall.node("Add", {tall.input("x", {1, 1, 1, 1}), resized}), {});
  CHECK(has(plan_error(tall), "too much of the graph depends on constants only"));
}

TEST_CASE("plan: pads of very tall pictures are planned soon or refused, not listed for every strip") {
  const auto chain = [](int log2_rows, int pads) {
    test::OnnxWriter w;
    std::string y = w.node("Resize", {w.input("x", {1, 1, 1, 1}), "", "",
                                      w.integers({4}, {1, 1, std::int64_t{1} << log2_rows, 1})});
    for (int i = 0; i < pads; ++i) y = w.node("Pad", {y, w.integers({8}, std::vector<std::int64_t>(8, 0))});
    w.output(y, {});
    return plan_error(w);
  };
  CHECK(chain(18, 15).text == "planned");
  CHECK(has(chain(22, 15), "axes too long to be cut, padded or resized"));
}

TEST_CASE("graph: every prefix of a model is refused or works") {
  const Bytes model = small_model();
  for (std::size_t size = 0; size < model.size(); ++size) survive(ByteSpan(model).first(size));
  CHECK(Plan::create(Graph::load(model, "whole").value()).value().run());
}

TEST_CASE("graph: ten thousand models with flipped bytes bring nothing down") {
  const Bytes model = small_model();
  std::mt19937 random(2);
  for (int i = 0; i < 10000; ++i) {
    Bytes bytes = model;
    for (unsigned n = 1 + random() % 4; n > 0; --n)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    CAPTURE(i);
    survive(bytes);
  }
}
