#include <algorithm>

#include "nn/lower.h"

namespace lc::nn {
namespace {

// Strides of an operand by the axes of what it is stretched to: 0 where it is.
Dims stretched_strides(const Dims& operand, const Dims& out) {
  const Dims own = memory_strides(operand);
  Dims strides(out.size(), 0);
  for (std::size_t i = 0; i < operand.size(); ++i)
    if (operand[i] != 1) strides[out.size() - operand.size() + i] = own[i];
  return strides;
}

Arithmetic kind(const std::string& op) {
  if (op == "Add") return Arithmetic::add;
  if (op == "Sub") return Arithmetic::sub;
  if (op == "Mul") return Arithmetic::mul;
  return op == "Div" ? Arithmetic::div : Arithmetic::prelu;
}

// The extent of an axis when only some rows are computed.
std::int64_t extent(const Dims& dims, std::size_t axis, Rows rows) {
  return dims.size() == 4 && axis == 2 ? rows.size() : dims[axis];
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

Result<> Lowering::batch_norm(Job& job) {
  const BatchNormParams p = LC_TRY(batch_norm_params(job.call));
  const Dims& out = job.out_dims();
  const Dims strides = memory_strides(out);
  Nest<3> nest;
  for (std::size_t axis : memory_order(out.size()))
    nest.add(extent(out, axis, job.rows), {strides[axis], strides[axis], axis == 1 ? 1 : 0});
  const float* from = job.at(job.layer.node.inputs[0], job.rows.begin);
  job.tasks.push_back(arithmetic_task(Arithmetic::mul, nest, job.out(), from, keep(p.scale)));
  job.tasks.push_back(arithmetic_task(Arithmetic::add, nest, job.out(), job.out(), keep(p.shift)));
  return {};
}

Result<> Lowering::concat(Job& job) {
  const Dims& out = job.out_dims();
  const std::size_t axis = LC_TRY(checked_axis(LC_TRY(job.layer.node.integer("axis", 1)), out.size()));
  const Dims to = memory_strides(out);
  float* begin = job.out();
  for (std::size_t i = 0; i < job.call.in.size(); ++i) {
    const Dims& part = job.call.dims(i);
    const Dims from = memory_strides(part);
    if (count(part) == 0) continue;
    const bool cut = out.size() == 4 && axis != 2;
    Nest<2> nest;
    for (std::size_t a : memory_order(out.size()))
      nest.add(cut ? extent(part, a, job.rows) : part[a], {to[a], from[a]});
    job.tasks.push_back(
        copy_task(nest, begin, job.in[i] + (cut ? (job.rows.begin - job.first(i)) * from[2] : 0)));
    begin += part[axis] * to[axis];
  }
  return {};
}

Result<> Lowering::blocks(Job& job) {
  const BlockParams p = LC_TRY(block_params(job.call));
  const bool to_space = job.layer.node.op == "DepthToSpace";
  const std::int64_t b = p.block;
  const Dims& wide = to_space ? job.out_dims() : job.call.dims(0);  // the tensor with fewer channels
  const Dims& deep = to_space ? job.call.dims(0) : job.out_dims();
  const Dims w = memory_strides(wide), d = memory_strides(deep);
  const std::int64_t channels = wide[1], rows = to_space ? job.rows.size() / b : job.rows.size();
  const bool crd = to_space && p.column_row_depth;
  // Loops over batch, block row, row in the block, block column, column in the block, channel: {wide, deep}.
  Nest<2> nest;
  const auto add = [&](std::int64_t extent, std::int64_t in_wide, std::int64_t in_deep) {
    if (to_space)
      nest.add(extent, {in_wide, in_deep});
    else
      nest.add(extent, {in_deep, in_wide});
  };
  add(wide[0], w[0], d[0]);
  add(rows, w[2] * b, d[2]);
  if (to_space) add(b, w[2], crd ? b : b * channels);
  add(deep[3], w[3] * b, d[3]);
  if (!to_space) add(b, w[2], b * channels);
  add(b, w[3], crd ? 1 : channels);
  add(channels, 1, crd ? b * b : 1);
  const std::int64_t first = to_space ? job.rows.begin / b : job.rows.begin * b;
  job.tasks.push_back(copy_task(nest, job.out(), job.at(job.layer.node.inputs[0], first)));
  return {};
}

Result<> Lowering::reorder(Job& job) {
  const Dims &in = job.call.dims(0), &out = job.out_dims();
  const Dims from = memory_strides(in), to = memory_strides(out);
  if (job.layer.node.op == "Transpose") {
    const auto order = LC_TRY(transpose_order(job.call));
    Nest<2> nest;
    for (std::size_t axis : memory_order(out.size())) nest.add(out[axis], {to[axis], from[order[axis]]});
    job.tasks.push_back(copy_task(nest, job.out(), job.in[0]));
    return {};
  }
  // A reshape keeps the row-major order: our memory to that, and that to our memory.
  Nest<2> unpack, pack;
  const Dims flat_in = row_major_strides(in), flat_out = row_major_strides(out);
  for (std::size_t axis = 0; axis < in.size(); ++axis) unpack.add(in[axis], {flat_in[axis], from[axis]});
  for (std::size_t axis = 0; axis < out.size(); ++axis) pack.add(out[axis], {to[axis], flat_out[axis]});
  if (is_row_major(out)) {
    job.tasks.push_back(copy_task(unpack, job.out(), job.in[0]));
  } else if (is_row_major(in)) {
    job.tasks.push_back(copy_task(pack, job.out(), job.in[0]));
  } else {
    float* between = keep(std::vector<float>(static_cast<std::size_t>(count(in))));
    job.tasks.push_back(copy_task(unpack, between, job.in[0]));
    job.tasks.push_back(copy_task(pack, job.out(), between));
  }
  return {};
}

Result<> Lowering::indices(Job& job) {
  const std::string& op = job.layer.node.op;
  const Dims &in = job.call.dims(0), &out = job.out_dims();
  const IndexMap map = LC_TRY(op == "Slice"    ? slice_map(job.call)
                              : op == "Pad"    ? pad_map(job.call)
                              : op == "Gather" ? gather_map(job.call)
                                               : resize_map(job.call));
  const Dims from = memory_strides(in);
  std::vector<std::size_t> axes;  // of the input, one for each axis of the output
  for (std::size_t i = 0; i < in.size(); ++i) axes.push_back(i);
  const float* source = job.in[0];
  if (op == "Gather" && job.call.rank(1) != 1) {
    const std::size_t axis = LC_TRY(checked_axis(LC_TRY(job.layer.node.integer("axis", 0)), in.size()));
    if (job.call.rank(1) != 0) return fail(Errc::unsupported, "indices of {} dimensions", job.call.rank(1));
    axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(axis));
    source += map.index[axis][0] * from[axis];
  }
  IndexCopy copy{{}, map.fill};
  for (std::size_t axis : memory_order(out.size())) {
    auto index = map.index[axes[axis]];
    std::int64_t first = 0;
    if (can_cut(job.layer) && axis == 2) {
      index = {index.begin() + job.rows.begin, index.begin() + job.rows.end};
      first = job.first(0);
    }
    for (std::int64_t& i : index) i = i < 0 ? -1 : (i - first) * from[axes[axis]];
    copy.offset.push_back(std::move(index));
  }
  if (copy.offset.empty()) copy.offset.push_back({0});
  job.tasks.push_back(index_task(std::move(copy), job.out(), source));
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
  const std::int64_t extent = inner.depth == 0 ? 1 : inner.loops[0].extent,
                     stride = inner.depth == 0 ? 1 : inner.loops[0].stride[0];
  job.tasks.push_back(softmax_task(outer, extent, stride, job.out(), job.in[0]));
  return {};
}

}  // namespace lc::nn
