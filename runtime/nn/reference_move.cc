#include <algorithm>

#include "nn/op_params.h"
#include "nn/reference_loops.h"
#include "nn/reference_ops.h"

namespace lc::nn::reference {
namespace {

Tensor mapped(const Tensor& in, const IndexMap& map) {
  Dims dims;
  for (const auto& index : map.index) dims.push_back(static_cast<std::int64_t>(index.size()));
  Tensor out = make(in.info.type, dims);
  std::fill(out.f.begin(), out.f.end(), map.fill);
  std::fill(out.i.begin(), out.i.end(), to_integer(double{map.fill}));
  Dims from(dims.size());
  for_each_place(dims, [&](std::int64_t n, const Dims& place) {
    for (std::size_t i = 0; i < place.size(); ++i) {
      from[i] = map.index[i][static_cast<std::size_t>(place[i])];
      if (from[i] < 0) return;
    }
    copy(in, flat(in.info.dims, from), out, n);
  });
  return out;
}

}  // namespace

Result<Tensor> concat(const Call& call) {
  const std::size_t axis = LC_TRY(checked_axis(LC_TRY(call.node.integer("axis", 1)), call.rank(0)));
  Dims dims = call.dims(0);
  dims[axis] = 0;
  for (const Operand& part : call.in) dims[axis] += part.info->dims[axis];
  Tensor out = make(call.in[0].info->type, dims);
  std::int64_t begin = 0;
  for (const Operand& part : call.in) {
    for_each_place(part.info->dims, [&](std::int64_t n, Dims place) {
      place[axis] += begin;
      copy(*part.constant, n, out, flat(dims, place));
    });
    begin += part.info->dims[axis];
  }
  return out;
}

Result<Tensor> reshape(const Call& call) {
  Tensor out = *call.in[0].constant;
  out.info.dims = LC_TRY(reshape_dims(call));
  return out;
}

Result<Tensor> transpose(const Call& call) {
  const auto order = LC_TRY(transpose_order(call));
  const Tensor& in = *call.in[0].constant;
  Dims dims;
  for (std::size_t axis : order) dims.push_back(in.info.dims[axis]);
  Tensor out = make(in.info.type, dims);
  Dims from(dims.size());
  for_each_place(dims, [&](std::int64_t n, const Dims& place) {
    for (std::size_t i = 0; i < place.size(); ++i) from[order[i]] = place[i];
    copy(in, flat(in.info.dims, from), out, n);
  });
  return out;
}

Result<Tensor> depth_to_space(const Call& call) {
  const BlockParams p = LC_TRY(block_params(call));
  const Tensor& in = *call.in[0].constant;
  const Dims& d = in.info.dims;
  const std::int64_t b = p.block, channels = d[1] / (b * b);
  Tensor out = Tensor::floats({d[0], channels, d[2] * b, d[3] * b});
  for_each_place(out.info.dims, [&](std::int64_t n, const Dims& o) {
    const std::int64_t row = o[2] % b, column = o[3] % b;
    const std::int64_t c =
        p.column_row_depth ? (o[1] * b + row) * b + column : (row * b + column) * channels + o[1];
    copy(in, flat(d, {o[0], c, o[2] / b, o[3] / b}), out, n);
  });
  return out;
}

Result<Tensor> space_to_depth(const Call& call) {
  const std::int64_t b = LC_TRY(block_params(call)).block;
  const Tensor& in = *call.in[0].constant;
  const Dims& d = in.info.dims;
  Tensor out = Tensor::floats({d[0], d[1] * b * b, d[2] / b, d[3] / b});
  for_each_place(d, [&](std::int64_t n, const Dims& i) {
    const std::int64_t c = (i[2] % b * b + i[3] % b) * d[1] + i[1];
    copy(in, n, out, flat(out.info.dims, {i[0], c, i[2] / b, i[3] / b}));
  });
  return out;
}

Result<Tensor> slice(const Call& call) { return mapped(*call.in[0].constant, LC_TRY(slice_map(call))); }
Result<Tensor> pad(const Call& call) { return mapped(*call.in[0].constant, LC_TRY(pad_map(call))); }
Result<Tensor> split(const Call& call) { return mapped(*call.in[0].constant, LC_TRY(split_map(call))); }

Result<Tensor> resize(const Call& call) {
  if (!LC_TRY(resizes_linearly(call))) return mapped(*call.in[0].constant, LC_TRY(resize_map(call)));
  const LinearMap map = LC_TRY(linear_map(call));
  const Tensor& in = *call.in[0].constant;
  Dims dims;
  std::vector<std::size_t> changed;  // at most two
  for (std::size_t axis = 0; axis < map.size(); ++axis) {
    dims.push_back(static_cast<std::int64_t>(map[axis].low.size()));
    if (!map[axis].is_same) changed.push_back(axis);
  }
  Tensor out = Tensor::floats(dims);
  Dims from;
  for_each_place(dims, [&](std::int64_t n, const Dims& place) {
    double sum = 0;
    for (std::size_t corner = 0; corner < std::size_t{1} << changed.size(); ++corner) {
      from = place;
      double weight = 1;
      for (std::size_t i = 0; i < changed.size(); ++i) {
        const LinearAxis& axis = map[changed[i]];
        const auto at = static_cast<std::size_t>(place[changed[i]]);
        const bool high = (corner >> i & 1) != 0;
        from[changed[i]] = high ? axis.high[at] : axis.low[at];
        weight *= high ? double{axis.weight[at]} : 1 - double{axis.weight[at]};
      }
      sum += weight * in.f[static_cast<std::size_t>(flat(in.info.dims, from))];
    }
    out.f[static_cast<std::size_t>(n)] = static_cast<float>(sum);
  });
  return out;
}

Result<Tensor> expand(const Call& call) {
  const Tensor& in = *call.in[0].constant;
  Tensor out = make(in.info.type, LC_TRY(expand_dims(call)));
  for_each_pair(out.info.dims, in.info.dims, {}, [&](std::size_t n, std::size_t i, std::size_t) {
    copy(in, static_cast<std::int64_t>(i), out, static_cast<std::int64_t>(n));
  });
  return out;
}

Result<Tensor> gather(const Call& call) {
  Tensor out = mapped(*call.in[0].constant, LC_TRY(gather_map(call)));
  const auto axis =
      static_cast<std::ptrdiff_t>(LC_TRY(checked_axis(LC_TRY(call.node.integer("axis", 0)), call.rank(0))));
  out.info.dims.erase(out.info.dims.begin() + axis);
  out.info.dims.insert(out.info.dims.begin() + axis, call.dims(1).begin(), call.dims(1).end());
  return out;
}

}  // namespace lc::nn::reference
