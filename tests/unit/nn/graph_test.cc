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
  w.node("Reshape", {d, w.integers({2}, {1, -1})}, {}, "y");
  w.output("y", {1, 256});
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
  CHECK(has(error, "m.onnx: LSTM 'node_y': not supported; supported are Add, AveragePool,"));
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
  CHECK(has(plan_error(w, {{{1, 3, 8, 8}}, 1, Precision::int8}), "only f32"));
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

TEST_CASE("plan: a huge window over constants is refused, not computed for hours") {
  test::OnnxWriter w;
  const std::string pooled =
      w.node("MaxPool", {w.floats({1, 1, 1, 1}, {1})},
             {A::integers("kernel_shape", {32768, 32768}), A::integers("pads", {32767, 32767, 32767, 32767}),
              A::integers("strides", {8, 8})});
  w.output(w.node("Add", {w.input("x", {1, 1, 1, 1}), pooled}), {});
  CHECK(has(plan_error(w), "too much of the graph depends on constants only"));
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
  REQUIRE(Graph::load(model, "whole"));
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
