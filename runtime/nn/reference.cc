#include "nn/reference.h"

#include "nn/operators.h"

namespace lc::nn {

Result<std::vector<Tensor>> run_reference(const Graph& graph, const std::vector<Tensor>& inputs) {
  const Model& model = graph.model();
  LC_EXPECT(inputs.size() == model.inputs.size(), "one tensor for each input of the graph");
  std::vector<ConstTensor> values;
  for (const Value& value : model.values) values.push_back(value.constant);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    values[static_cast<std::size_t>(model.inputs[i])] = std::make_shared<const Tensor>(inputs[i]);
  for (const Node& node : model.nodes) {
    Call call{node, model.opset, {}};
    for (int in : node.inputs) {
      const Tensor* value = in == kAbsent ? nullptr : values[static_cast<std::size_t>(in)].get();
      call.in.push_back({value ? &value->info : nullptr, value});
    }
    const Operator* op = find_operator(node.op);
    if (auto shape = op->shape(call); !shape) return within(node.title(), std::move(shape).error());
    auto out = op->reference(call);
    if (!out) return within(node.title(), std::move(out).error());
    values[static_cast<std::size_t>(node.outputs[0])] = std::make_shared<const Tensor>(*std::move(out));
  }
  std::vector<Tensor> outputs;
  for (int out : model.outputs) outputs.push_back(*values[static_cast<std::size_t>(out)]);
  return outputs;
}

}  // namespace lc::nn
