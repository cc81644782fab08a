#include <algorithm>

#include "nn/lower.h"

namespace lc::nn {
namespace {

Arithmetic kind(const std::string& op) {
  if (op == "Add") return Arithmetic::add;
  if (op == "Sub") return Arithmetic::sub;
  if (op == "Mul") return Arithmetic::mul;
  if (op == "Div") return Arithmetic::div;
  if (op == "Pow") return Arithmetic::pow;
  if (op == "Min") return Arithmetic::min;
  return op == "Max" ? Arithmetic::max : Arithmetic::prelu;
}

}  // namespace

Result<> Lowering::arithmetic(Job& job) {
  const Dims& out = job.out_dims();
  const Dims to = memory_strides(out);
  Dims strides[2];
  const float* from[2];
  for (std::size_t i = 0; i < 2; ++i) {
    strides[i] = stretched_strides(job.call.dims(i), out);
    const std::int64_t row = out.size() == 4 && strides[i][2] != 0 ? job.rows.begin - job.first(i) : 0;
    from[i] = job.in[i] + (row == 0 ? 0 : row * strides[i][2]);
  }
  Arithmetic op = kind(job.layer.node.op);
  const bool swapped =
      (op == Arithmetic::add || op == Arithmetic::mul) && count(job.call.dims(0)) < count(job.call.dims(1));
  const std::size_t a = swapped ? 1 : 0, b = 1 - a;
  Nest<3> nest;
  for (std::size_t axis : memory_order(out.size()))
    nest.add(extent(out, axis, job.rows), {to[axis], strides[a][axis], strides[b][axis]});
  job.tasks.push_back(arithmetic_task(op, nest, job.out(), from[a], from[b]));
  return {};
}

Nest<3> Lowering::per_place(const Job& job, std::optional<std::size_t> along) {
  const Dims& out = job.out_dims();
  const Dims strides = memory_strides(out);
  Nest<3> nest;
  for (std::size_t axis : memory_order(out.size()))
    nest.add(extent(out, axis, job.rows), {strides[axis], strides[axis], axis == along ? 1 : 0});
  return nest;
}

Result<> Lowering::batch_norm(Job& job) {
  const BatchNormParams p = LC_TRY(batch_norm_params(job.call));
  const Nest<3> nest = per_place(job, 1);
  const float* from = job.at(job.layer.node.inputs[0], job.rows.begin);
  job.tasks.push_back(arithmetic_task(Arithmetic::mul, nest, job.out(), from, keep(p.scale)));
  job.tasks.push_back(arithmetic_task(Arithmetic::add, nest, job.out(), job.out(), keep(p.shift)));
  return {};
}

Result<> Lowering::quantisation(Job& job) {
  const QuantParams p = LC_TRY(quant_params(job.call));
  const Nest<3> nest = per_place(job, p.per_axis ? std::optional(p.axis) : std::nullopt);
  const float* from = job.at(job.layer.node.inputs[0], job.rows.begin);
  const std::int64_t first = p.per_axis && p.axis == 2 && job.out_dims().size() == 4 ? job.rows.begin : 0;
  const float *scale = keep(p.scale) + first, *zero = keep(p.zero) + first;
  if (job.layer.node.op == "QuantizeLinear") {
    job.tasks.push_back(quantize_task(nest, {scale, zero, p.low, p.high}, job.out(), from));
  } else {
    job.tasks.push_back(arithmetic_task(Arithmetic::sub, nest, job.out(), from, zero));
    job.tasks.push_back(arithmetic_task(Arithmetic::mul, nest, job.out(), job.out(), scale));
  }
  return {};
}

Result<> Lowering::mean(Job& job) {
  const auto gone = LC_TRY(reduced_axes(job.call));
  const Dims &in = job.call.dims(0), &out = job.out_dims();
  if (in.size() == 4 && gone == std::vector<bool>{false, false, true, true}) {
    PoolParams p{{{in[2], in[3]}, {1, 1}, {in[2], in[3]}, {1, 1}, {1, 1}, {0, 0}, {0, 0}},
                 in[0],
                 in[1],
                 PoolKind::average};
    auto kernel = LC_TRY(onednn::pooling(device_, p));
    kernel.bind(job.in[0], job.out());
    job.tasks.push_back(kernel_task(std::move(kernel)));
    return {};
  }
  const Dims from = memory_strides(in), to = memory_strides(out);
  const bool keep_dims = out.size() == in.size();
  Nest<2> outer;
  Nest<1> inner;
  for (std::size_t axis = 0, next = 0; axis < in.size(); ++axis) {
    if (!gone[axis]) outer.add(in[axis], {to[keep_dims ? axis : next], from[axis]});
    if (!gone[axis]) ++next;
  }
  for (std::size_t axis : memory_order(in.size()))
    if (gone[axis]) inner.add(in[axis], {from[axis]});
  job.tasks.push_back(mean_task(outer, inner, job.out(), job.in[0]));
  return {};
}

Result<> Lowering::softmax(Job& job) {
  const SoftmaxParams p = LC_TRY(softmax_params(job.call));
  const Dims& dims = job.out_dims();
  const Dims strides = memory_strides(dims);
  Nest<2> outer;
  Nest<1> inner;
  for (std::size_t axis : memory_order(dims.size())) {
    if (axis >= p.first && axis < p.last)
      inner.add(dims[axis], {strides[axis]});
    else
      outer.add(dims[axis], {strides[axis], strides[axis]});
  }
  if (inner.depth > 1)
    return fail(Errc::unsupported, "axes {} to {} of shape {}", p.first, p.last - 1, to_string(dims));
  const std::int64_t places = inner.depth == 0 ? 1 : inner.loops[0].extent,
                     stride = inner.depth == 0 ? 1 : inner.loops[0].stride[0];
  job.tasks.push_back(softmax_task(outer, places, stride, job.layer.node.op == "LogSoftmax", job.out(), job.in[0]));
  return {};
}

}  // namespace lc::nn
