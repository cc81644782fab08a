#include "nn/graph.h"

#include <algorithm>

#include "nn/model.h"
#include "nn/onnx_reader.h"
#include "nn/operators.h"
#include "nn/unravel.h"

namespace lc::nn {
namespace {

Result<> check_operator(const Node& node) {
  const Operator* op = find_operator(node.op);
  if (!op) return fail(Errc::unsupported, "{}: not supported; {}", node.title(), supported_operators());
  const auto inputs = static_cast<int>(node.inputs.size()), outputs = static_cast<int>(node.outputs.size());
  if (inputs < op->min_inputs || inputs > op->max_inputs)
    return fail(Errc::corrupt, "{}: {} inputs, {} to {} expected", node.title(), inputs, op->min_inputs,
                op->max_inputs);
  for (int i = 0; i < op->min_inputs; ++i)
    if (node.inputs[static_cast<std::size_t>(i)] == kAbsent)
      return fail(Errc::corrupt, "{}: input {} is missing", node.title(), i);
  if (outputs < 1 || node.outputs[0] == kAbsent)
    return fail(Errc::corrupt, "{}: has no output", node.title());
  return {};
}

// Every operator has one output that we compute, a Split is unravelled. A second one (the mask of Dropout) must not be
// used.
Result<> check_outputs(const Model& model) {
  std::vector<bool> extra(model.values.size());
  for (const Node& node : model.nodes)
    for (std::size_t i = 1; i < node.outputs.size(); ++i)
      if (node.outputs[i] != kAbsent) extra[static_cast<std::size_t>(node.outputs[i])] = true;
  const auto refuse = [&](int value) {
    return fail(Errc::unsupported, "value '{}' is a second output; only first outputs are computed",
                printable(model.values[static_cast<std::size_t>(value)].name));
  };
  for (const Node& node : model.nodes)
    for (int value : node.inputs)
      if (value != kAbsent && extra[static_cast<std::size_t>(value)]) return refuse(value);
  for (int value : model.outputs)
    if (extra[static_cast<std::size_t>(value)]) return refuse(value);
  return {};
}

// Sorts the nodes so that each comes after those it reads from (Kahn), keeping the file's order where it can.
Result<> sort_nodes(Model& model) {
  const std::size_t n = model.nodes.size();
  std::vector<int> writer(model.values.size(), -1);
  for (std::size_t i = 0; i < n; ++i)
    for (int value : model.nodes[i].outputs)
      if (value != kAbsent) writer[static_cast<std::size_t>(value)] = static_cast<int>(i);
  std::vector<bool> given(model.values.size());
  for (int value : model.inputs) given[static_cast<std::size_t>(value)] = true;
  std::vector<std::vector<int>> readers(n);
  std::vector<int> waits(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (int value : model.nodes[i].inputs) {
      if (value == kAbsent) continue;
      const auto v = static_cast<std::size_t>(value);
      if (writer[v] >= 0) {
        readers[static_cast<std::size_t>(writer[v])].push_back(static_cast<int>(i));
        ++waits[i];
      } else if (!given[v] && !model.values[v].constant) {
        return fail(Errc::corrupt, "{}: reads '{}', which nothing writes", model.nodes[i].title(),
                    printable(model.values[v].name));
      }
    }
  }
  std::vector<int> ready;  // heap, smallest first
  const auto later = [](int a, int b) { return a > b; };
  for (std::size_t i = 0; i < n; ++i)
    if (waits[i] == 0) ready.push_back(static_cast<int>(i));
  std::make_heap(ready.begin(), ready.end(), later);
  std::vector<Node> sorted;
  sorted.reserve(n);
  while (!ready.empty()) {
    std::pop_heap(ready.begin(), ready.end(), later);
    const auto i = static_cast<std::size_t>(ready.back());
    ready.pop_back();
    for (int reader : readers[i]) {
      if (--waits[static_cast<std::size_t>(reader)] > 0) continue;
      ready.push_back(reader);
      std::push_heap(ready.begin(), ready.end(), later);
    }
    sorted.push_back(std::move(model.nodes[i]));
  }
  for (std::size_t i = 0; i < n; ++i)
    if (waits[i] > 0) return fail(Errc::corrupt, "{}: is part of a cycle", model.nodes[i].title());
  model.nodes = std::move(sorted);
  return {};
}

Result<> check(Model& model) {
  if (model.outputs.empty()) return fail(Errc::corrupt, "the graph has no outputs");
  for (const Node& node : model.nodes) LC_TRY(check_operator(node));
  LC_TRY(unravel(model));
  LC_TRY(check_outputs(model));
  return sort_nodes(model);
}

}  // namespace

Graph::Graph(std::shared_ptr<const Model> model)
    : model_(std::move(model)), inputs_(model_->input_ports), outputs_(model_->output_ports) {}

Graph Graph::with_outputs(std::span<const int> values) const {
  Model model = *model_;
  for (int value : values) {
    model.outputs.push_back(value);
    model.output_ports.push_back({model.values[static_cast<std::size_t>(value)].name, {}});
  }
  return Graph(std::make_shared<const Model>(std::move(model)));
}

Graph Graph::with_steps(const std::map<std::string, Steps>& steps) const {
  Model model = *model_;
  model.steps.clear();
  for (std::size_t value = 0; value < model.values.size(); ++value)
    if (const auto at = steps.find(model.values[value].name); at != steps.end())
      model.steps[static_cast<int>(value)] = at->second;
  return Graph(std::make_shared<const Model>(std::move(model)));
}

Result<Graph> Graph::load(ByteSpan onnx, std::string_view origin) {
  auto model = read_onnx(onnx);
  if (!model) return within(origin, std::move(model).error());
  if (auto checked = check(*model); !checked) return within(origin, std::move(checked).error());
  model->origin = origin;
  return Graph(std::make_shared<const Model>(*std::move(model)));
}

}  // namespace lc::nn
