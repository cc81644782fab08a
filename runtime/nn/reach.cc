#include "nn/reach.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "nn/model.h"

namespace lc::nn {
namespace {

// A window of `kernel` samples (dilation included) that moves by `stride` and begins `before` samples to the left.
Reach through_window(const Reach& in, double kernel, double stride, double before) {
  return {in.step * stride, in.low - before * in.step, in.high + (kernel - 1 - before) * in.step};
}

Result<Reach> through_conv(const Model& model, const Node& node, const Reach& in) {
  const auto& weight = model.values[static_cast<std::size_t>(node.inputs.at(1))].constant;
  if (!weight || weight->info.dims.size() != 4)
    return fail(Errc::unsupported, "{}: its weights are no constant", node.title());
  if (LC_TRY(node.text("auto_pad", "NOTSET")) != "NOTSET") return fail(Errc::unsupported, "{}: auto_pad", node.title());
  const auto strides = LC_TRY(node.integers("strides", {1, 1})), dilations = LC_TRY(node.integers("dilations", {1, 1}));
  const auto pads = LC_TRY(node.integers("pads", {0, 0, 0, 0}));
  std::optional<Reach> out;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const auto kernel = static_cast<double>(dilations.at(axis) * (weight->info.dims[2 + axis] - 1) + 1);
    const Reach one =
        through_window(in, kernel, static_cast<double>(strides.at(axis)), static_cast<double>(pads.at(axis)));
    if (out && out->step != one.step) return fail(Errc::unsupported, "{}: its strides differ", node.title());
    out = out ? Reach{one.step, std::min(out->low, one.low), std::max(out->high, one.high)} : one;
  }
  return *out;
}

Result<Reach> through(const Model& model, const Node& node, const std::vector<std::optional<Reach>>& known) {
  std::optional<Reach> in;
  for (const int input : node.inputs) {
    if (input == kAbsent || !known[static_cast<std::size_t>(input)]) continue;
    const Reach& one = *known[static_cast<std::size_t>(input)];
    if (in && in->step != one.step) return fail(Errc::unsupported, "{}: ways of different steps meet", node.title());
    in = in ? Reach{one.step, std::min(in->low, one.low), std::max(in->high, one.high)} : one;
  }
  if (!in) return fail(Errc::unsupported, "{}: it reads no picture", node.title());
  if (node.op == "Conv") return through_conv(model, node, *in);
  const auto block = static_cast<double>(LC_TRY(node.integer("blocksize", 1)));
  if (node.op == "SpaceToDepth") return through_window(*in, block, block, 0);
  // Sample o comes from sample floor(o / block): up to block - 1 of the finer steps before it.
  if (node.op == "DepthToSpace") return Reach{in->step / block, in->low - (block - 1) * in->step / block, in->high};
  constexpr std::array<std::string_view, 25> kElementwise{
      "Abs", "Add",  "BatchNormalization", "Clip", "DequantizeLinear", "Div",       "Elu",    "Exp", "HardSigmoid",
      "Max", "Min",  "HardSwish",          "Mul",  "Identity",         "LeakyRelu", "Neg",    "Pow", "PRelu",
      "Sub", "Relu", "QuantizeLinear",     "Sqrt", "Sigmoid",          "Tanh",      "Dropout"};
  if (std::find(kElementwise.begin(), kElementwise.end(), node.op) == kElementwise.end())
    return fail(Errc::unsupported, "{}: what it sees is not known", node.title());
  return *in;
}

}  // namespace

Result<std::vector<std::optional<Reach>>> reaches(const Graph& graph, double margin) {
  const Model& model = graph.model();
  if (model.inputs.size() != 1 || model.outputs.size() != 1)
    return fail(Errc::unsupported, "a graph with one input and one output is needed");
  std::vector<std::optional<Reach>> known(model.values.size());
  known[static_cast<std::size_t>(model.inputs[0])] = Reach{.step = 1, .low = -margin, .high = margin};
  for (const Node& node : model.nodes) {
    const Reach out = LC_TRY(through(model, node, known));
    for (const int output : node.outputs)
      if (output != kAbsent) known[static_cast<std::size_t>(output)] = out;
  }
  return known;
}

// Samples of one cell depend on input samples from `low` before it to `high` after its last one.
int cells_seen(const Reach& reach, double cell) {
  return static_cast<int>(std::max({0.0, std::ceil(-reach.low / cell), std::floor((cell - reach.step + reach.high) / cell)}));
}

}  // namespace lc::nn
