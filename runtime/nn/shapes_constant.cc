#include "nn/op_params.h"
#include "nn/shapes.h"

namespace lc::nn::shapes {
Result<TensorInfo> shape(const Call& call) {
  const AxisRange axes = LC_TRY(shape_axes(call));
  return TensorInfo{DType::i64, {static_cast<std::int64_t>(axes.last - axes.first)}};
}

Result<TensorInfo> constant(const Call& call) {
  if (call.node.attributes.size() != 1) return fail(Errc::corrupt, "{} values", call.node.attributes.size());
  const AttributeValue& value = call.node.attributes[0].value;
  if (auto* t = std::get_if<ConstTensor>(&value)) return (*t)->info;
  if (std::get_if<float>(&value)) return TensorInfo{DType::f32, {}};
  if (std::get_if<std::int64_t>(&value)) return TensorInfo{DType::i64, {}};
  if (auto* f = std::get_if<std::vector<float>>(&value))
    return checked(DType::f32, {static_cast<std::int64_t>(f->size())});
  if (auto* i = std::get_if<std::vector<std::int64_t>>(&value))
    return checked(DType::i64, {static_cast<std::int64_t>(i->size())});
  return fail(Errc::unsupported, "a text");
}

Result<TensorInfo> cast(const Call& call) {
  const CastTo to = LC_TRY(cast_to(call));
  return TensorInfo{to == CastTo::floats ? DType::f32 : DType::i64, call.dims(0)};
}

Result<TensorInfo> constant_of_shape(const Call& call) {
  const Tensor* shape = LC_TRY(call.constant(0, "the shape"));
  if (shape->info.type != DType::i64 || shape->i.size() > kMaxRank)
    return fail(Errc::unsupported, "a shape of {} dimensions", count(shape->info.dims));
  const Attribute* value = call.node.find("value");
  const auto* tensor = value ? std::get_if<ConstTensor>(&value->value) : nullptr;
  if (value && (!tensor || count((*tensor)->info.dims) != 1))
    return fail(Errc::corrupt, "value must be a single number");
  return checked(tensor ? (*tensor)->info.type : DType::f32, shape->i);
}

Result<TensorInfo> range(const Call& call) { return checked(call.in[0].info->type, {LC_TRY(range_length(call))}); }

Result<TensorInfo> comparison(const Call& call) {
  if (call.in[0].info->type != call.in[1].info->type) return fail(Errc::corrupt, "one operand is integers, one floats");
  return checked(DType::i64, LC_TRY(broadcast(call.dims(0), call.dims(1))));
}

Result<TensorInfo> negation(const Call& call) {
  if (call.in[0].info->type != DType::i64) return fail(Errc::corrupt, "its input must be true and false");
  return *call.in[0].info;
}

Result<TensorInfo> where(const Call& call) {
  static constexpr const char* kParts[] = {"the condition", "X", "Y"};
  for (std::size_t i = 0; i < 3; ++i) LC_TRY(call.constant(i, kParts[i]));
  if (call.in[0].info->type != DType::i64 || call.in[1].info->type != call.in[2].info->type)
    return fail(Errc::corrupt, "the condition must be true and false, X and Y of one type");
  const Dims values = LC_TRY(broadcast(call.dims(1), call.dims(2)));
  return checked(call.in[1].info->type, LC_TRY(broadcast(call.dims(0), values)));
}

Result<TensorInfo> rounded(const Call& call) {
  if ((LC_TRY(call.constant(0, "its input")))->info.type != DType::f32) return fail(Errc::corrupt, "integers");
  return *call.in[0].info;
}

}  // namespace lc::nn::shapes
