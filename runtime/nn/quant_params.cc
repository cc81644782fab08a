#include <cmath>

#include "nn/op_params.h"

namespace lc::nn {

Result<QuantParams> quant_params(const Call& call) {
  QuantParams p{};
  const Tensor* scale = LC_TRY(call.constant(1, "the scale"));
  p.scale = scale->f;
  for (float s : p.scale)
    if (!(s > 0) || !std::isfinite(s)) return fail(Errc::unsupported, "a scale of {}; it must be above 0", s);
  p.per_axis = scale->info.dims.size() == 1 && p.scale.size() != 1;
  if (p.per_axis) {
    p.axis = LC_TRY(checked_axis(LC_TRY(call.node.integer("axis", 1)), call.rank(0)));
    if (static_cast<std::int64_t>(p.scale.size()) != call.dims(0)[p.axis])
      return fail(Errc::corrupt, "{} scales for axis {} of {}", p.scale.size(), p.axis, to_string(call.dims(0)));
  } else if (p.scale.size() != 1) {
    return fail(Errc::corrupt, "scales of shape {}; one or one for each place of an axis are supported",
                to_string(scale->info.dims));
  }
  p.zero.assign(p.scale.size(), 0.0f);
  StoredAs type = StoredAs::u8;
  if (call.has(2)) {
    const Tensor* zero = LC_TRY(call.constant(2, "the zero point"));
    if (zero->i.size() != p.scale.size())
      return fail(Errc::corrupt, "zero points of shape {} for {} scales", to_string(zero->info.dims), p.scale.size());
    for (std::size_t i = 0; i < p.zero.size(); ++i) p.zero[i] = static_cast<float>(zero->i[i]);
    type = zero->stored_as;
  }
  if (call.node.op == "QuantizeLinear" && type == StoredAs::other)
    return fail(Errc::unsupported, "a zero point that is neither UINT8 nor INT8");
  p.low = type == StoredAs::s8 ? -128 : 0;
  p.high = type == StoredAs::s8 ? 127 : 255;
  if (type != StoredAs::other)
    for (float z : p.zero)
      if (z < p.low || z > p.high) return fail(Errc::corrupt, "a zero point of {}; its type holds {} to {}", z, p.low, p.high);
  return p;
}

}  // namespace lc::nn
