#include "nn/shapes.h"

#include <algorithm>

#include "nn/op_params.h"

namespace lc::nn::shapes {
namespace {

Result<> want_floats(const Call& call) {
  for (std::size_t i = 0; i < call.in.size(); ++i)
    if (call.has(i) && call.in[i].info->type != DType::f32)
      return fail(Errc::unsupported, "input {} holds integers; only floats are computed with", i);
  return {};
}

Dims sizes(const IndexMap& map) {
  Dims out;
  for (const auto& index : map.index) out.push_back(static_cast<std::int64_t>(index.size()));
  return out;
}

}  // namespace

Result<TensorInfo> checked(DType type, Dims dims) {
  LC_TRY(element_count(dims));
  return TensorInfo{type, std::move(dims)};
}

Result<TensorInfo> same(const Call& call) {
  const bool computes = !LC_TRY(activation_params(call)).empty();
  if (computes) LC_TRY(want_floats(call));
  if (call.node.op == "Dropout" && call.has(2)) {
    const Tensor* training = LC_TRY(call.constant(2, "training_mode"));
    if (training->i != std::vector<std::int64_t>{0}) return fail(Errc::unsupported, "training_mode");
  }
  return *call.in[0].info;
}

Result<TensorInfo> stretched(const Call& call) {
  if (call.in[0].info->type != call.in[1].info->type)
    return fail(Errc::corrupt, "one operand is integers, one floats");
  return checked(call.in[0].info->type, LC_TRY(broadcast(call.dims(0), call.dims(1))));
}

Result<TensorInfo> power(const Call& call) {
  return checked(call.in[0].info->type, LC_TRY(broadcast(call.dims(0), call.dims(1))));
}

Result<TensorInfo> prelu(const Call& call) {
  LC_TRY(want_floats(call));
  if (LC_TRY(broadcast(call.dims(0), call.dims(1))) != call.dims(0))
    return fail(Errc::corrupt, "slope {} does not fit input {}", to_string(call.dims(1)),
                to_string(call.dims(0)));
  return *call.in[0].info;
}

Result<TensorInfo> batch_norm(const Call& call) {
  LC_TRY(want_floats(call));
  LC_TRY(batch_norm_params(call));
  return *call.in[0].info;
}

Result<TensorInfo> conv(const Call& call) {
  LC_TRY(want_floats(call));
  const ConvParams p = LC_TRY(conv_params(call));
  return checked(DType::f32, {p.batch, p.out_channels, p.window.out[0], p.window.out[1]});
}

Result<TensorInfo> pool(const Call& call) {
  LC_TRY(want_floats(call));
  const PoolParams p = LC_TRY(pool_params(call));
  return checked(DType::f32, {p.batch, p.channels, p.window.out[0], p.window.out[1]});
}

Result<TensorInfo> gemm(const Call& call) {
  LC_TRY(want_floats(call));
  const GemmParams p = LC_TRY(gemm_params(call));
  return checked(DType::f32, {p.m, p.n});
}

Result<TensorInfo> matmul(const Call& call) {
  LC_TRY(want_floats(call));
  Dims a = call.dims(0), b = call.dims(1);
  if (a.size() < 2 || b.size() < 2) return fail(Errc::unsupported, "an operand of fewer than two dimensions");
  const std::int64_t m = a[a.size() - 2], n = b.back();
  if (a.back() != b[b.size() - 2]) return fail(Errc::corrupt, "{} times {}", to_string(a), to_string(b));
  a.resize(a.size() - 2);
  b.resize(b.size() - 2);
  Dims out = LC_TRY(broadcast(a, b));
  out.insert(out.end(), {m, n});
  return checked(DType::f32, std::move(out));
}

Result<TensorInfo> reduce(const Call& call) {
  LC_TRY(want_floats(call));
  const std::vector<bool> gone = LC_TRY(reduced_axes(call));
  const bool keep = LC_TRY(call.node.integer("keepdims", 1)) != 0;
  Dims out;
  for (std::size_t i = 0; i < gone.size(); ++i) {
    if (!gone[i])
      out.push_back(call.dims(0)[i]);
    else if (keep)
      out.push_back(1);
  }
  return checked(DType::f32, std::move(out));
}

Result<TensorInfo> softmax(const Call& call) {
  LC_TRY(want_floats(call));
  LC_TRY(softmax_params(call));
  return *call.in[0].info;
}

Result<TensorInfo> concat(const Call& call) {
  const Operand& first = call.in[0];
  const auto given = LC_TRY(call.node.integer("axis", 1));
  const std::size_t axis = LC_TRY(checked_axis(given, first.info->dims.size()));
  Dims out = first.info->dims;
  out[axis] = 0;
  for (const Operand& part : call.in) {
    if (!part.info) return fail(Errc::corrupt, "an input is missing");
    Dims rest = part.info->dims;
    if (rest.size() != out.size() || part.info->type != first.info->type)
      return fail(Errc::corrupt, "{} beside {}", to_string(rest), to_string(first.info->dims));
    const std::int64_t total = out[axis] + rest[axis];
    rest[axis] = out[axis];
    if (rest != out)
      return fail(Errc::corrupt, "{} beside {}", to_string(part.info->dims), to_string(first.info->dims));
    out[axis] = total;
    LC_TRY(element_count(out));
  }
  return checked(first.info->type, std::move(out));
}

Result<TensorInfo> reshape(const Call& call) {
  return checked(call.in[0].info->type, LC_TRY(reshape_dims(call)));
}

Result<TensorInfo> transpose(const Call& call) {
  Dims out;
  for (std::size_t axis : LC_TRY(transpose_order(call))) out.push_back(call.dims(0)[axis]);
  return checked(call.in[0].info->type, std::move(out));
}

Result<TensorInfo> depth_to_space(const Call& call) {
  LC_TRY(want_floats(call));
  const std::int64_t b = LC_TRY(block_params(call)).block;
  const Dims& in = call.dims(0);
  return checked(DType::f32, {in[0], in[1] / (b * b), in[2] * b, in[3] * b});
}

Result<TensorInfo> space_to_depth(const Call& call) {
  LC_TRY(want_floats(call));
  const std::int64_t b = LC_TRY(block_params(call)).block;
  const Dims& in = call.dims(0);
  return checked(DType::f32, {in[0], in[1] * b * b, in[2] / b, in[3] / b});
}

Result<TensorInfo> slice(const Call& call) {
  return checked(call.in[0].info->type, sizes(LC_TRY(slice_map(call))));
}

Result<TensorInfo> split(const Call& call) { return checked(call.in[0].info->type, sizes(LC_TRY(split_map(call)))); }

Result<TensorInfo> expand(const Call& call) { return checked(call.in[0].info->type, LC_TRY(expand_dims(call))); }

Result<TensorInfo> pad(const Call& call) { return checked(call.in[0].info->type, sizes(LC_TRY(pad_map(call)))); }

Result<TensorInfo> resize(const Call& call) {
  if (call.in[0].info->type != DType::f32) return fail(Errc::unsupported, "integers");
  if (!LC_TRY(resizes_linearly(call))) return checked(DType::f32, sizes(LC_TRY(resize_map(call))));
  Dims out;
  for (const LinearAxis& axis : LC_TRY(linear_map(call))) out.push_back(static_cast<std::int64_t>(axis.low.size()));
  return checked(DType::f32, std::move(out));
}

Result<TensorInfo> gather(const Call& call) {
  const Dims& in = call.dims(0);
  LC_TRY(gather_map(call));
  const std::size_t axis = LC_TRY(checked_axis(LC_TRY(call.node.integer("axis", 0)), in.size()));
  Dims out(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(axis));
  out.insert(out.end(), call.dims(1).begin(), call.dims(1).end());
  out.insert(out.end(), in.begin() + static_cast<std::ptrdiff_t>(axis) + 1, in.end());
  return checked(call.in[0].info->type, std::move(out));
}

// Quantised numbers are floats too, so that whatever moves or pools them works as on any others.
Result<TensorInfo> quantised(const Call& call) {
  if (call.node.op == "QuantizeLinear" && call.in[0].info->type != DType::f32)
    return fail(Errc::unsupported, "integers");
  LC_TRY(quant_params(call));
  return TensorInfo{DType::f32, call.dims(0)};
}

}  // namespace lc::nn::shapes
