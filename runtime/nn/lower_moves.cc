#include <algorithm>

#include "nn/lower.h"

namespace lc::nn {

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
    job.tasks.push_back(copy_task(nest, begin, job.in[i] + (cut ? (job.rows.begin - job.first(i)) * from[2] : 0)));
    begin += part[axis] * to[axis];
  }
  return {};
}

Result<> Lowering::expand(Job& job) {
  const Dims& out = job.out_dims();
  const Dims to = memory_strides(out), from = stretched_strides(job.call.dims(0), out);
  const std::int64_t row = out.size() == 4 && from[2] != 0 ? job.rows.begin - job.first(0) : 0;
  Nest<2> nest;
  for (std::size_t axis : memory_order(out.size())) nest.add(extent(out, axis, job.rows), {to[axis], from[axis]});
  job.tasks.push_back(copy_task(nest, job.out(), job.in[0] + (row == 0 ? 0 : row * from[2])));
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
  const IndexMap map = LC_TRY(index_map(job.call));
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

Result<> Lowering::linear_resize(Job& job) {
  LinearMap map = LC_TRY(linear_map(job.call));
  const int source = job.layer.node.inputs[0];
  const Rows rows = LC_TRY(needed(job.layer, source, job.rows));
  Dims dims = job.call.dims(0);  // of what the next pass reads
  if (can_cut(job.layer)) {
    LinearAxis& axis = map[2];
    const auto keep_rows = [&](auto& list) { list = {list.begin() + job.rows.begin, list.begin() + job.rows.end}; };
    keep_rows(axis.low);
    keep_rows(axis.high);
    keep_rows(axis.weight);
    for (std::int64_t& i : axis.low) i -= rows.begin;
    for (std::int64_t& i : axis.high) i -= rows.begin;
    dims[2] = rows.size();
  }
  std::vector<std::size_t> axes;
  for (std::size_t axis = 0; axis < map.size(); ++axis)
    if (!map[axis].is_same) axes.push_back(axis);
  if (axes.empty()) axes.push_back(0);
  // What grows least is done first: what lies between the passes is never larger than both ends.
  const auto growth = [&](std::size_t axis) {
    return static_cast<double>(map[axis].low.size()) / static_cast<double>(dims[axis]);
  };
  if (axes.size() == 2 && growth(axes[1]) < growth(axes[0])) std::swap(axes[0], axes[1]);
  std::vector<LinearPass> passes;
  for (std::size_t axis : axes) {
    LinearPass pass{1, dims[axis], 1, std::move(map[axis])};
    bool is_inside = false;
    for (std::size_t i : memory_order(dims.size())) {
      if (i == axis)
        is_inside = true;
      else
        (is_inside ? pass.inner : pass.outer) *= dims[i];
    }
    dims[axis] = static_cast<std::int64_t>(pass.axis.low.size());
    passes.push_back(std::move(pass));
  }
  job.tasks.push_back(resize_task(std::move(passes), job.out(), job.at(source, rows.begin)));
  return {};
}

}  // namespace lc::nn
