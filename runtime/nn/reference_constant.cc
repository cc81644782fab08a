#include <algorithm>
#include <cmath>

#include "nn/op_params.h"
#include "nn/reference_loops.h"
#include "nn/reference_ops.h"

namespace lc::nn::reference {

Result<Tensor> shape(const Call& call) {
  const AxisRange axes = LC_TRY(shape_axes(call));
  const auto begin = call.dims(0).begin();
  const Dims dims(begin + static_cast<std::ptrdiff_t>(axes.first), begin + static_cast<std::ptrdiff_t>(axes.last));
  return Tensor::integers({static_cast<std::int64_t>(dims.size())}, dims);
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
  const CastTo to = LC_TRY(cast_to(call));
  Tensor out = make(to == CastTo::floats ? DType::f32 : DType::i64, in.info.dims);
  for (std::size_t n = 0, total = in.f.size() + in.i.size(); n < total; ++n) {
    const bool from_floats = in.info.type == DType::f32;
    if (to == CastTo::floats)
      out.f[n] = from_floats ? in.f[n] : static_cast<float>(in.i[n]);
    else if (to == CastTo::integers)
      out.i[n] = from_floats ? to_integer(double{in.f[n]}) : in.i[n];
    else
      out.i[n] = from_floats ? in.f[n] != 0 : in.i[n] != 0;
  }
  return out;
}

Result<Tensor> constant_of_shape(const Call& call) {
  Tensor value = Tensor::floats({1}, {0});
  if (const Attribute* given = call.node.find("value")) value = *std::get<ConstTensor>(given->value);
  Tensor out = make(value.info.type, call.in[0].constant->i);
  std::fill(out.f.begin(), out.f.end(), value.f.empty() ? 0 : value.f[0]);
  std::fill(out.i.begin(), out.i.end(), value.i.empty() ? 0 : value.i[0]);
  return out;
}

Result<Tensor> range(const Call& call) {
  const Tensor &start = *call.in[0].constant, &delta = *call.in[2].constant;
  Tensor out = make(start.info.type, {LC_TRY(range_length(call))});
  for (std::size_t n = 0; n < out.f.size(); ++n) out.f[n] = start.f[0] + static_cast<float>(n) * delta.f[0];
  for (std::size_t n = 0; n < out.i.size(); ++n)  // wraps, as two's complement does
    out.i[n] =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(start.i[0]) + n * static_cast<std::uint64_t>(delta.i[0]));
  return out;
}

namespace {

template <class T>
bool compare(const std::string& op, T a, T b) {
  if (op == "Equal") return a == b;
  if (op == "Greater") return a > b;
  if (op == "Less") return a < b;
  return op == "And" ? a != 0 && b != 0 : a != 0 || b != 0;
}

}  // namespace

Result<Tensor> comparison(const Call& call) {
  const Tensor &a = *call.in[0].constant, &b = *call.in[1].constant;
  Tensor out = Tensor::integers(LC_TRY(broadcast(a.info.dims, b.info.dims)));
  const std::string& op = call.node.op;
  for_each_pair(out.info.dims, a.info.dims, b.info.dims, [&](std::size_t n, std::size_t i, std::size_t j) {
    out.i[n] = a.info.type == DType::f32 ? compare(op, a.f[i], b.f[j]) : compare(op, a.i[i], b.i[j]);
  });
  return out;
}

Result<Tensor> negation(const Call& call) {
  Tensor out = *call.in[0].constant;
  for (std::int64_t& x : out.i) x = x == 0;
  return out;
}

Result<Tensor> where(const Call& call) {
  const Tensor &condition = *call.in[0].constant, &x = *call.in[1].constant, &y = *call.in[2].constant;
  const Dims both = LC_TRY(broadcast(x.info.dims, y.info.dims));
  Tensor out = make(x.info.type, LC_TRY(broadcast(condition.info.dims, both)));
  std::vector<bool> is_x;
  for_each_pair(out.info.dims, condition.info.dims, {},
                [&](std::size_t, std::size_t c, std::size_t) { is_x.push_back(condition.i[c] != 0); });
  for_each_pair(out.info.dims, x.info.dims, y.info.dims, [&](std::size_t n, std::size_t i, std::size_t j) {
    copy(is_x[n] ? x : y, static_cast<std::int64_t>(is_x[n] ? i : j), out, static_cast<std::int64_t>(n));
  });
  return out;
}

Result<Tensor> rounded(const Call& call) {
  Tensor out = *call.in[0].constant;
  for (float& x : out.f) x = call.node.op == "Floor" ? std::floor(x) : std::ceil(x);
  return out;
}

}  // namespace lc::nn::reference
