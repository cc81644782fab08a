// Loops over row-major tensors that the reference twins share.
#pragma once

#include <algorithm>
#include <cmath>

#include "nn/model.h"

namespace lc::nn::reference {

inline Tensor make(DType type, Dims dims) {
  return type == DType::f32 ? Tensor::floats(std::move(dims)) : Tensor::integers(std::move(dims));
}

// Truncates; what int64 cannot hold becomes its nearest, and what is no number 0.
inline std::int64_t to_integer(double x) {
  constexpr double kLimit = 9.2e18;  // inside int64
  return std::isnan(x) ? 0 : static_cast<std::int64_t>(std::clamp(x, -kLimit, kLimit));
}

inline void copy(const Tensor& from, std::int64_t i, Tensor& to, std::int64_t o) {
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

inline std::int64_t flat(const Dims& dims, const Dims& place) {
  std::int64_t out = 0;
  for (std::size_t i = 0; i < dims.size(); ++i) out = out * dims[i] + place[i];
  return out;
}

// Calls f(out, a, b) with flat indices for each element of `out`, a and b stretched to it.
template <class F>
void for_each_pair(const Dims& out, const Dims& a, const Dims& b, F f) {
  const auto at = [&](const Dims& dims, const Dims& place) {
    std::int64_t flat = 0;
    for (std::size_t i = 0; i < dims.size(); ++i)
      flat = flat * dims[i] + (dims[i] == 1 ? 0 : place[out.size() - dims.size() + i]);
    return static_cast<std::size_t>(flat);
  };
  for_each_place(out, [&](std::int64_t n, const Dims& place) {
    f(static_cast<std::size_t>(n), at(a, place), at(b, place));
  });
}

}  // namespace lc::nn::reference
