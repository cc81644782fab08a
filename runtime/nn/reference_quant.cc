#include <algorithm>
#include <cmath>

#include "nn/op_params.h"
#include "nn/reference_ops.h"

namespace lc::nn::reference {
namespace {

// Calls f(i, p) for each element with the place of its scale and zero point.
template <class F>
void for_each_element(const Dims& dims, const QuantParams& p, F f) {
  std::size_t inner = 1;
  for (std::size_t i = p.axis + 1; p.per_axis && i < dims.size(); ++i) inner *= static_cast<std::size_t>(dims[i]);
  for (std::size_t i = 0, total = static_cast<std::size_t>(count(dims)); i < total; ++i)
    f(i, p.per_axis ? i / inner % p.scale.size() : 0);
}

}  // namespace

Result<Tensor> quantize(const Call& call) {
  const QuantParams p = LC_TRY(quant_params(call));
  Tensor out = *call.in[0].constant;
  for_each_element(out.info.dims, p, [&](std::size_t i, std::size_t at) {
    out.f[i] = std::clamp(std::nearbyint(out.f[i] / p.scale[at]) + p.zero[at], p.low, p.high);
  });
  return out;
}

// Of floats, which QuantizeLinear makes, or of integers, as the file holds them.
Result<Tensor> dequantize(const Call& call) {
  const QuantParams p = LC_TRY(quant_params(call));
  const Tensor& in = *call.in[0].constant;
  Tensor out = Tensor::floats(in.info.dims);
  for_each_element(out.info.dims, p, [&](std::size_t i, std::size_t at) {
    const float x = in.info.type == DType::f32 ? in.f[i] : static_cast<float>(in.i[i]);
    out.f[i] = (x - p.zero[at]) * p.scale[at];
  });
  return out;
}

}  // namespace lc::nn::reference
