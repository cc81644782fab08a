#include "nn/absorb.h"

#include <algorithm>
#include <optional>

#include "nn/op_params.h"

namespace lc::nn {
namespace {

std::size_t at(int value) { return static_cast<std::size_t>(value); }

// One step and one zero for the whole tensor; none where the node has another kind.
std::optional<QuantParams> whole_tensor(const Folded& graph, const Node& node) {
  const auto p = quant_params(graph.call(node));
  if (!p || p->scale.size() != 1) return std::nullopt;
  return *p;
}

int add_constant(Folded& graph, float value) {
  const auto constant = std::make_shared<const Tensor>(Tensor::floats({}, {value}));
  graph.values.push_back({"", constant});
  graph.infos.push_back(constant->info);
  return static_cast<int>(graph.values.size()) - 1;
}

// A Clip in the place of another node.
Node clip(Folded& graph, Node node, float low, float high) {
  node.op = "Clip";
  node.attributes.clear();
  node.inputs.resize(1);
  if (graph.opset < 11)
    node.attributes = {{"min", low}, {"max", high}};
  else
    for (const float bound : {low, high}) node.inputs.push_back(add_constant(graph, bound));
  return node;
}

}  // namespace

void absorb_quantisation(Folded& graph) {
  std::vector<std::vector<std::size_t>> readers(graph.values.size());
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    for (int in : graph.nodes[n].inputs)
      if (in != kAbsent) readers[at(in)].push_back(n);
  const auto is_output = [&](int value) {
    return std::find(graph.outputs.begin(), graph.outputs.end(), value) != graph.outputs.end();
  };
  std::vector<int> same_as(graph.values.size());
  for (std::size_t v = 0; v < same_as.size(); ++v) same_as[v] = static_cast<int>(v);
  std::vector<bool> gone(graph.nodes.size());
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    Node& quantise = graph.nodes[n];
    if (quantise.op != "QuantizeLinear" || is_output(quantise.outputs[0])) continue;
    const auto p = whole_tensor(graph, quantise);
    const auto& next = readers[at(quantise.outputs[0])];
    const bool undone = p && !next.empty() && std::all_of(next.begin(), next.end(), [&](std::size_t m) {
      const Node& node = graph.nodes[m];
      if (node.op != "DequantizeLinear" || is_output(node.outputs[0])) return false;
      const auto q = whole_tensor(graph, node);
      return q && q->scale == p->scale && q->zero == p->zero;
    });
    if (!undone) continue;
    const float step = p->scale[0], zero = p->zero[0];
    const int clipped = quantise.outputs[0];
    for (std::size_t m : next) {
      gone[m] = true;
      same_as[at(graph.nodes[m].outputs[0])] = clipped;
    }
    quantise = clip(graph, std::move(quantise), (p->low - zero) * step, (p->high - zero) * step);
    Steps& steps = graph.steps[clipped];
    steps.step = {step};
    steps.zero = {zero - p->low};  // s8 numbers as u8: 128 more
  }
  std::vector<Node> kept;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (gone[n]) continue;
    for (int& in : graph.nodes[n].inputs)
      if (in != kAbsent && at(in) < same_as.size()) in = same_as[at(in)];
    kept.push_back(std::move(graph.nodes[n]));
  }
  graph.nodes = std::move(kept);
}

}  // namespace lc::nn
