#include "nn/annotate.h"

#include <set>

#include "nn/onnx_reader.h"
#include "onnx_schema.pb.h"

namespace lc::nn {
namespace {

// Elements of a repeated field for which `keep` is true, in order.
template <class Field, class Keep>
void filter(Field& field, Keep keep) {
  int kept = 0;
  for (int i = 0; i < field.size(); ++i)
    if (keep(field.Get(i))) field.SwapElements(kept++, i);
  while (field.size() > kept) field.RemoveLast();
}

void remove_annotations(onnx::GraphDef& graph) {
  std::set<std::string> parameters;
  for (const auto& a : graph.quantization_annotation())
    for (const auto& pair : a.quant_parameter_tensor_names()) parameters.insert(pair.value());
  // Constants of the graph itself may serve as parameters too, and those listed as inputs would become some.
  for (const auto& input : graph.input()) parameters.erase(input.name());
  for (const auto& node : graph.node())
    for (const auto& in : node.input()) parameters.erase(in);
  filter(*graph.mutable_initializer(), [&](const auto& tensor) { return parameters.count(tensor.name()) == 0; });
  graph.clear_quantization_annotation();
}

onnx::TensorDef& add_tensor(onnx::GraphDef& graph, std::string name, std::size_t size, int type) {
  auto& tensor = *graph.add_initializer();
  tensor.set_name(std::move(name));
  tensor.set_data_type(type);
  tensor.add_dims(static_cast<std::int64_t>(size));
  return tensor;
}

}  // namespace

Result<Bytes> annotate(ByteSpan bytes, const std::map<std::string, Steps>& steps) {
  onnx::Model model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph())
    return fail(Errc::bad_format, "not an ONNX model");
  auto& graph = *model.mutable_graph();
  remove_annotations(graph);
  std::set<std::string> taken;
  for (const auto& node : graph.node()) taken.insert(node.output().begin(), node.output().end());
  for (const auto& tensor : graph.initializer()) taken.insert(tensor.name());
  for (const auto& input : graph.input()) taken.insert(input.name());
  const auto fresh = [&](std::string name) {
    while (!taken.insert(name).second) name += '_';
    return name;
  };
  for (const auto& [value, of] : steps) {
    const std::string scale = fresh(value + ":scale"), zero = fresh(value + ":zero_point");
    auto& scales = add_tensor(graph, scale, of.step.size(), 1);
    for (float step : of.step) scales.add_float_data(step);
    auto& zeros = add_tensor(graph, zero, of.zero.size(), 2);
    for (float z : of.zero) zeros.mutable_raw_data()->push_back(static_cast<char>(static_cast<std::uint8_t>(z)));
    auto& annotation = *graph.add_quantization_annotation();
    annotation.set_tensor_name(value);
    for (const auto& [key, name] : {std::pair{"SCALE_TENSOR", scale}, std::pair{"ZERO_POINT_TENSOR", zero}}) {
      auto& pair = *annotation.add_quant_parameter_tensor_names();
      pair.set_key(key);
      pair.set_value(name);
    }
  }
  Bytes out(model.ByteSizeLong());
  model.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(out.data()));
  return out;
}

}  // namespace lc::nn
