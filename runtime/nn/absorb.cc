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

}  // namespace

void absorb_quantisation(Folded& graph) {
  std::vector<std::vector<std::size_t>> readers(graph.values.size());
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    for (int in : graph.nodes[n].inputs)
      if (in != kAbsent) readers[at(in)].push_back(n);
  const auto is_output = [&](int value) {
    return std::find(graph.outputs.begin(), graph.outputs.end(), value) != graph.outputs.end();
  };
  std::vector<bool> gone(graph.nodes.size());
  std::vector<int> same_as(graph.values.size());
  for (std::size_t v = 0; v < same_as.size(); ++v) same_as[v] = static_cast<int>(v);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& quantise = graph.nodes[n];
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
    const int value = same_as[at(quantise.inputs[0])];
    gone[n] = true;
    for (std::size_t m : next) {
      gone[m] = true;
      same_as[at(graph.nodes[m].outputs[0])] = value;
    }
    const Dims& dims = graph.dims(value);
    const std::size_t channels = dims.size() < 2 ? 1 : static_cast<std::size_t>(dims.size() == 4 ? dims[1] : dims.back());
    // s8 numbers as u8: 128 more.
    Steps& steps = graph.steps[value];
    steps.step.assign(channels, p->scale[0]);
    steps.zero.assign(channels, p->zero[0] - p->low);
  }
  std::vector<Node> kept;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (gone[n]) continue;
    for (int& in : graph.nodes[n].inputs)
      if (in != kAbsent) in = same_as[at(in)];
    kept.push_back(std::move(graph.nodes[n]));
  }
  graph.nodes = std::move(kept);
}

}  // namespace lc::nn
