#include <algorithm>
#include <cmath>

#include "nn/op_params.h"
#include "nn/reference_ops.h"

namespace lc::nn::reference {
namespace {

Tensor make(DType type, Dims dims) {
  return type == DType::f32 ? Tensor::floats(std::move(dims)) : Tensor::integers(std::move(dims));
}

void copy(const Tensor& from, std::int64_t i, Tensor& to, std::int64_t o) {
  if (from.info.type == DType::f32)
    to.f[static_cast<std::size_t>(o)] = from.f[static_cast<std::size_t>(i)];
  else
    to.i[static_cast<std::size_t>(o)] = from.i[static_cast<std::size_t>(i)];
}

// Calls f(flat, place) for each element of a row-major tensor.
template <class F>
void for_each_place(const Dims& dims, F f) {
  Dims place(dims.size(), 0);
  for (std::int64_t n = 0, total = count(dims); n < total; ++n) {
    f(n, place);
    for (std::size_t i = dims.size(); i-- > 0;) {
      if (++place[i] < dims[i]) break;
      place[i] = 0;
    }
  }
}

std::int64_t flat(const Dims& dims, const Dims& place) {
  std::int64_t out = 0;
  for (std::size_t i = 0; i < dims.size(); ++i) out = out * dims[i] + place[i];
  return out;
}

Tensor mapped(const Tensor& in, const IndexMap& map) {
  Dims dims;
  for (const auto& index : map.index) dims.push_back(static_cast<std::int64_t>(index.size()));
  Tensor out = make(in.info.type, dims);
  if (in.info.type == DType::f32) std::fill(out.f.begin(), out.f.end(), map.fill);
  for_each_place(dims, [&](std::int64_t n, const Dims& place) {
    Dims from(place.size());
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
  for_each_place(dims, [&](std::int64_t n, const Dims& place) {
    Dims from(place.size());
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
Result<Tensor> resize(const Call& call) { return mapped(*call.in[0].constant, LC_TRY(resize_map(call))); }

Result<Tensor> gather(const Call& call) {
  Tensor out = mapped(*call.in[0].constant, LC_TRY(gather_map(call)));
  const auto axis =
      static_cast<std::ptrdiff_t>(LC_TRY(checked_axis(LC_TRY(call.node.integer("axis", 0)), call.rank(0))));
  out.info.dims.erase(out.info.dims.begin() + axis);
  out.info.dims.insert(out.info.dims.begin() + axis, call.dims(1).begin(), call.dims(1).end());
  return out;
}

Result<Tensor> shape(const Call& call) {
  return Tensor::integers({static_cast<std::int64_t>(call.rank(0))}, call.dims(0));
}

Result<Tensor> constant(const Call& call) {
  const AttributeValue& value = call.node.attributes[0].value;
  if (auto* t = std::get_if<ConstTensor>(&value)) return **t;
  if (auto* f = std::get_if<float>(&value)) return Tensor::floats({}, {*f});
  if (auto* i = std::get_if<std::int64_t>(&value)) return Tensor::integers({}, {*i});
  if (auto* f = std::get_if<std::vector<float>>(&value))
    return Tensor::floats({static_cast<std::int64_t>(f->size())}, *f);
  if (auto* i = std::get_if<std::vector<std::int64_t>>(&value))
    return Tensor::integers({static_cast<std::int64_t>(i->size())}, *i);
  return fail(Errc::unsupported, "a text");
}

Result<Tensor> cast(const Call& call) {
  const Tensor& in = *call.in[0].constant;
  const bool to_floats = LC_TRY(call.node.integer("to", 0)) == 1;
  if (to_floats == (in.info.type == DType::f32)) return in;
  Tensor out = make(to_floats ? DType::f32 : DType::i64, in.info.dims);
  constexpr float kLimit = 9.2e18f;  // inside int64
  for (std::size_t i = 0; i < in.f.size(); ++i)
    out.i[i] = std::isfinite(in.f[i]) ? static_cast<std::int64_t>(std::clamp(in.f[i], -kLimit, kLimit)) : 0;
  for (std::size_t i = 0; i < in.i.size(); ++i) out.f[i] = static_cast<float>(in.i[i]);
  return out;
}

}  // namespace lc::nn::reference
