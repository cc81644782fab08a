#include "nn/op_params.h"

#include <algorithm>
#include <cmath>

namespace lc::nn {

Result<const Tensor*> Call::constant(std::size_t index, const char* what) const {
  if (!has(index)) return fail(Errc::corrupt, "{} is missing", what);
  if (!in[index].constant)
    return fail(Errc::unsupported, "{} must be constant, it is computed at run time", what);
  return in[index].constant;
}

Result<std::size_t> checked_axis(std::int64_t axis, std::size_t rank) {
  const auto r = static_cast<std::int64_t>(rank);
  if (axis < -r || axis >= r) return fail(Errc::corrupt, "axis {} of a tensor of {} dimensions", axis, rank);
  return static_cast<std::size_t>(axis < 0 ? axis + r : axis);
}

Result<Dims> broadcast(const Dims& a, const Dims& b) {
  Dims out(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1, y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1)
      return fail(Errc::corrupt, "shapes {} and {} do not fit each other", to_string(a), to_string(b));
    out[out.size() - 1 - i] = x == 1 ? y : x;
  }
  LC_TRY(element_count(out));
  return out;
}

Result<GemmParams> gemm_params(const Call& call) {
  GemmParams p{};
  if (call.rank(0) != 2 || call.rank(1) != 2)
    return fail(Errc::corrupt, "A is {} and B {}; both must have two dimensions", to_string(call.dims(0)),
                to_string(call.dims(1)));
  p.transpose_a = LC_TRY(call.node.integer("transA", 0)) != 0;
  p.transpose_b = LC_TRY(call.node.integer("transB", 0)) != 0;
  p.alpha = LC_TRY(call.node.number("alpha", 1));
  p.beta = LC_TRY(call.node.number("beta", 1));
  p.m = call.dims(0)[p.transpose_a ? 1 : 0];
  p.k = call.dims(0)[p.transpose_a ? 0 : 1];
  p.n = call.dims(1)[p.transpose_b ? 0 : 1];
  if (call.dims(1)[p.transpose_b ? 1 : 0] != p.k)
    return fail(Errc::corrupt, "A is {} and B {}: they do not fit", to_string(call.dims(0)),
                to_string(call.dims(1)));
  if (call.has(2)) {
    const Dims out = LC_TRY(broadcast(call.dims(2), {p.m, p.n}));
    if (out != Dims{p.m, p.n})
      return fail(Errc::corrupt, "C is {}: it does not fit", to_string(call.dims(2)));
  }
  return p;
}

Result<BatchNormParams> batch_norm_params(const Call& call) {
  if (call.rank(0) < 2) return fail(Errc::unsupported, "an input of {} dimensions", call.rank(0));
  if (LC_TRY(call.node.integer("training_mode", 0)) != 0) return fail(Errc::unsupported, "training_mode");
  const float epsilon = LC_TRY(call.node.number("epsilon", 1e-5f));
  const auto channels = static_cast<std::size_t>(call.dims(0)[1]);
  const Tensor* part[4];
  static constexpr const char* kParts[] = {"scale", "bias", "mean", "variance"};
  for (std::size_t i = 0; i < 4; ++i) {
    part[i] = LC_TRY(call.constant(i + 1, kParts[i]));
    if (part[i]->f.size() != channels)
      return fail(Errc::corrupt, "{} has {} elements for {} channels", kParts[i], part[i]->f.size(),
                  channels);
  }
  BatchNormParams p{std::vector<float>(channels), std::vector<float>(channels)};
  for (std::size_t c = 0; c < channels; ++c) {
    p.scale[c] = part[0]->f[c] / std::sqrt(part[3]->f[c] + epsilon);
    p.shift[c] = part[1]->f[c] - part[2]->f[c] * p.scale[c];
  }
  return p;
}

Result<BlockParams> block_params(const Call& call) {
  if (call.rank(0) != 4)
    return fail(Errc::unsupported, "an input of {} dimensions; 4 are supported", call.rank(0));
  BlockParams p{};
  p.block = LC_TRY(call.node.integer("blocksize", 0));
  if (p.block < 1 || p.block > 1024) return fail(Errc::corrupt, "blocksize {}", p.block);
  const std::string mode = LC_TRY(call.node.text("mode", "DCR"));
  if (mode != "DCR" && mode != "CRD") return fail(Errc::corrupt, "mode is neither DCR nor CRD");
  p.column_row_depth = mode == "CRD";
  const Dims& in = call.dims(0);
  if (call.node.op == "SpaceToDepth" ? in[2] % p.block != 0 || in[3] % p.block != 0
                                     : in[1] % (p.block * p.block) != 0)
    return fail(Errc::corrupt, "shape {} cannot be cut into blocks of {}", to_string(in), p.block);
  return p;
}

Result<std::vector<std::int64_t>> axes_of(const Call& call) {
  if (call.opset < 13) return call.node.integers("axes", {});
  if (!call.has(1)) return std::vector<std::int64_t>{};
  const Tensor* axes = LC_TRY(call.constant(1, "axes"));
  if (axes->info.type != DType::i64) return fail(Errc::corrupt, "axes are not integers");
  return axes->i;
}

namespace {

Result<Dims> flatten_dims(const Call& call) {
  const Dims& in = call.dims(0);
  std::int64_t axis = LC_TRY(call.node.integer("axis", 1));
  const auto rank = static_cast<std::int64_t>(in.size());
  if (axis < -rank || axis > rank)
    return fail(Errc::corrupt, "axis {} of a tensor of {} dimensions", axis, rank);
  if (axis < 0) axis += rank;
  return Dims{count({in.begin(), in.begin() + axis}), count({in.begin() + axis, in.end()})};
}

Result<Dims> squeeze_dims(const Call& call) {
  const Dims& in = call.dims(0);
  const std::vector<std::int64_t> axes = LC_TRY(axes_of(call));
  std::vector<bool> dropped(in.size());
  for (std::int64_t a : axes) dropped[LC_TRY(checked_axis(a, in.size()))] = true;
  Dims out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (axes.empty() ? in[i] == 1 : bool(dropped[i])) {
      if (in[i] != 1) return fail(Errc::corrupt, "dimension {} of {} is not 1", i, to_string(in));
    } else {
      out.push_back(in[i]);
    }
  }
  return out;
}

Result<Dims> unsqueeze_dims(const Call& call) {
  const Dims& in = call.dims(0);
  const std::vector<std::int64_t> axes = LC_TRY(axes_of(call));
  const std::size_t rank = in.size() + axes.size();
  if (axes.empty() || rank > kMaxRank) return fail(Errc::unsupported, "{} axes to insert", axes.size());
  Dims out(rank, 0);
  for (std::int64_t a : axes) {
    std::int64_t& d = out[LC_TRY(checked_axis(a, rank))];
    if (d == 1) return fail(Errc::corrupt, "axis {} is given twice", a);
    d = 1;
  }
  auto next = in.begin();
  for (std::int64_t& d : out)
    if (d == 0) d = *next++;
  return out;
}

}  // namespace

Result<Dims> reshape_dims(const Call& call) {
  if (call.node.op == "Flatten") return flatten_dims(call);
  if (call.node.op == "Squeeze") return squeeze_dims(call);
  if (call.node.op == "Unsqueeze") return unsqueeze_dims(call);
  const Tensor* shape = LC_TRY(call.constant(1, "shape"));
  if (shape->info.type != DType::i64 || shape->i.size() > kMaxRank)
    return fail(Errc::unsupported, "a shape of {} dimensions", shape->i.size());
  const bool zero_is_zero = LC_TRY(call.node.integer("allowzero", 0)) != 0;
  Dims out = shape->i;
  std::int64_t* open = nullptr;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == 0 && !zero_is_zero) {
      if (i >= call.rank(0))
        return fail(Errc::corrupt, "dimension {} of the shape is 0 and has no counterpart", i);
      out[i] = call.dims(0)[i];
    } else if (out[i] == -1) {
      if (open) return fail(Errc::corrupt, "shape {} leaves two dimensions open", to_string(out));
      open = &out[i];
    }
  }
  const std::int64_t total = count(call.dims(0));
  if (open) {
    *open = 1;
    const std::int64_t rest = LC_TRY(element_count(out));
    if (rest == 0 || total % rest != 0)
      return fail(Errc::corrupt, "{} cannot become {}", to_string(call.dims(0)), to_string(shape->i));
    *open = total / rest;
  }
  if (LC_TRY(element_count(out)) != total)
    return fail(Errc::corrupt, "{} cannot become {}", to_string(call.dims(0)), to_string(shape->i));
  return out;
}

Result<std::vector<std::size_t>> transpose_order(const Call& call) {
  const std::size_t rank = call.rank(0);
  std::vector<std::int64_t> reversed(rank);
  for (std::size_t i = 0; i < rank; ++i) reversed[i] = static_cast<std::int64_t>(rank - 1 - i);
  const auto perm = LC_TRY(call.node.integers("perm", reversed));
  std::vector<std::size_t> order;
  std::vector<bool> seen(rank);
  for (std::int64_t p : perm) {
    const std::size_t axis = LC_TRY(checked_axis(p, rank));
    if (seen[axis]) return fail(Errc::corrupt, "perm {} names an axis twice", to_string(perm));
    seen[axis] = true;
    order.push_back(axis);
  }
  if (order.size() != rank) return fail(Errc::corrupt, "perm {} for {} dimensions", to_string(perm), rank);
  return order;
}

Result<std::vector<bool>> reduced_axes(const Call& call) {
  const auto axes = LC_TRY(call.node.integers("axes", {}));
  std::vector<bool> out(call.rank(0), axes.empty());
  for (std::int64_t a : axes) out[LC_TRY(checked_axis(a, out.size()))] = true;
  return out;
}

Result<Dims> expand_dims(const Call& call) {
  const Tensor* shape = LC_TRY(call.constant(1, "shape"));
  if (shape->info.type != DType::i64 || shape->i.size() > kMaxRank)
    return fail(Errc::unsupported, "a shape of {} dimensions", count(shape->info.dims));
  return broadcast(call.dims(0), shape->i);
}

Result<AxisRange> shape_axes(const Call& call) {
  const auto rank = static_cast<std::int64_t>(call.rank(0));
  const auto place = [rank](std::int64_t at) {
    return static_cast<std::size_t>(std::clamp<std::int64_t>(at < 0 && at >= -rank ? at + rank : at, 0, rank));
  };
  const AxisRange range{place(LC_TRY(call.node.integer("start", 0))), place(LC_TRY(call.node.integer("end", rank)))};
  return AxisRange{range.first, std::max(range.first, range.last)};
}

Result<CastTo> cast_to(const Call& call) {
  const std::int64_t to = LC_TRY(call.node.integer("to", 0));
  switch (to) {
    case 1:
    case 11:
      return CastTo::floats;
    case 6:
    case 7:
      return CastTo::integers;
    case 9:
      return CastTo::truths;
    default:
      return fail(Errc::unsupported, "to type {}; FLOAT, DOUBLE, INT32, INT64 and BOOL are supported", to);
  }
}

Result<std::int64_t> range_length(const Call& call) {
  double number[3];  // begin, end, step
  for (std::size_t i = 0; i < 3; ++i) {
    const Tensor* value = LC_TRY(call.constant(i, i == 0 ? "start" : i == 1 ? "limit" : "delta"));
    if (count(value->info.dims) != 1 || value->info.type != call.in[0].info->type)
      return fail(Errc::corrupt, "start, limit and delta must be single numbers of one type");
    number[i] = value->f.empty() ? static_cast<double>(value->i[0]) : double{value->f[0]};
  }
  const double length = std::ceil((number[1] - number[0]) / number[2]);
  if (!(length <= static_cast<double>(kMaxElements)))
    return fail(Errc::unsupported, "{} numbers; at most {} are supported", length, kMaxElements);
  return static_cast<std::int64_t>(std::max(length, 0.0));
}

Result<SoftmaxParams> softmax_params(const Call& call) {
  const std::size_t rank = call.rank(0);
  const std::size_t axis =
      LC_TRY(checked_axis(LC_TRY(call.node.integer("axis", call.opset < 13 ? 1 : -1)), rank));
  return SoftmaxParams{axis, call.opset < 13 ? rank : axis + 1};
}

}  // namespace lc::nn
