#include <algorithm>
#include <cmath>

#include "nn/op_params.h"
#include "nn/reference_loops.h"
#include "nn/reference_ops.h"

namespace lc::nn::reference {

Result<Tensor> activation(const Call& call) {
  const auto steps = LC_TRY(activation_params(call));
  Tensor out = *call.in[0].constant;
  for (float& x : out.f)
    for (const Activation& step : steps) x = apply(step, x);
  return out;
}

namespace {

float compute(const std::string& op, float a, float b) {
  if (op == "Add") return a + b;
  if (op == "Sub") return a - b;
  if (op == "Mul") return a * b;
  if (op == "Min") return std::min(a, b);
  if (op == "Max") return std::max(a, b);
  if (op == "PRelu") return a < 0 ? a * b : a;
  return a / b;
}

std::int64_t compute(const std::string& op, std::int64_t a, std::int64_t b) {
  const auto x = static_cast<std::uint64_t>(a),
             y = static_cast<std::uint64_t>(b);  // wraps, as two's complement does
  if (op == "Add") return static_cast<std::int64_t>(x + y);
  if (op == "Sub") return static_cast<std::int64_t>(x - y);
  if (op == "Mul") return static_cast<std::int64_t>(x * y);
  if (op == "Min") return std::min(a, b);
  if (op == "Max") return std::max(a, b);
  if (b == -1) return static_cast<std::int64_t>(0 - x);
  return b == 0 ? 0 : a / b;
}

}  // namespace

Result<Tensor> arithmetic(const Call& call) {
  const Tensor &a = *call.in[0].constant, &b = *call.in[1].constant;
  const Dims dims = LC_TRY(broadcast(a.info.dims, b.info.dims));
  const std::string& op = call.node.op;
  Tensor out = a.info.type == DType::f32 ? Tensor::floats(dims) : Tensor::integers(dims);
  for_each_pair(dims, a.info.dims, b.info.dims, [&](std::size_t n, std::size_t i, std::size_t j) {
    if (a.info.type == DType::f32)
      out.f[n] = compute(op, a.f[i], b.f[j]);
    else
      out.i[n] = compute(op, a.i[i], b.i[j]);
  });
  return out;
}

// The exponent may be of another type than what is raised to it.
Result<Tensor> power(const Call& call) {
  const Tensor &a = *call.in[0].constant, &b = *call.in[1].constant;
  Tensor out = make(a.info.type, LC_TRY(broadcast(a.info.dims, b.info.dims)));
  for_each_pair(out.info.dims, a.info.dims, b.info.dims, [&](std::size_t n, std::size_t i, std::size_t j) {
    const double exponent = b.f.empty() ? static_cast<double>(b.i[j]) : double{b.f[j]};
    if (out.info.type == DType::f32)
      out.f[n] = static_cast<float>(std::pow(double{a.f[i]}, exponent));
    else
      out.i[n] = to_integer(std::pow(static_cast<double>(a.i[i]), exponent));
  });
  return out;
}

Result<Tensor> batch_norm(const Call& call) {
  const BatchNormParams p = LC_TRY(batch_norm_params(call));
  Tensor out = *call.in[0].constant;
  if (out.f.empty()) return out;
  const auto channels = static_cast<std::size_t>(call.dims(0)[1]);
  const std::size_t inner = out.f.size() / static_cast<std::size_t>(call.dims(0)[0]) / channels;
  for (std::size_t i = 0; i < out.f.size(); ++i) {
    const std::size_t c = i / inner % channels;
    out.f[i] = p.scale[c] * out.f[i] + p.shift[c];
  }
  return out;
}

Result<Tensor> gemm(const Call& call) {
  const GemmParams p = LC_TRY(gemm_params(call));
  const Tensor &a = *call.in[0].constant, &b = *call.in[1].constant;
  Tensor out = Tensor::floats({p.m, p.n});
  for (std::int64_t i = 0; i < p.m; ++i)
    for (std::int64_t j = 0; j < p.n; ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < p.k; ++k) {
        const float x = a.f[static_cast<std::size_t>(p.transpose_a ? k * p.m + i : i * p.k + k)];
        const float y = b.f[static_cast<std::size_t>(p.transpose_b ? j * p.k + k : k * p.n + j)];
        sum += double{x} * y;
      }
      out.f[static_cast<std::size_t>(i * p.n + j)] = static_cast<float>(p.alpha * sum);
    }
  if (call.has(2)) {
    const Tensor& c = *call.in[2].constant;
    for_each_pair(out.info.dims, c.info.dims, {},
                  [&](std::size_t n, std::size_t i, std::size_t) { out.f[n] += p.beta * c.f[i]; });
  }
  return out;
}

Result<Tensor> matmul(const Call& call) {
  const Tensor &a = *call.in[0].constant, &b = *call.in[1].constant;
  Dims outer_a = a.info.dims, outer_b = b.info.dims;
  const std::int64_t m = outer_a[outer_a.size() - 2], k = outer_a.back(), n = outer_b.back();
  outer_a.resize(outer_a.size() - 2);
  outer_b.resize(outer_b.size() - 2);
  const Dims outer = LC_TRY(broadcast(outer_a, outer_b));
  Dims dims = outer;
  dims.insert(dims.end(), {m, n});
  Tensor out = Tensor::floats(dims);
  for_each_pair(outer, outer_a, outer_b, [&](std::size_t o, std::size_t s, std::size_t t) {
    const float* x = a.f.data() + s * static_cast<std::size_t>(m * k);
    const float* y = b.f.data() + t * static_cast<std::size_t>(k * n);
    float* z = out.f.data() + o * static_cast<std::size_t>(m * n);
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::int64_t l = 0; l < k; ++l) sum += double{x[i * k + l]} * y[l * n + j];
        z[i * n + j] = static_cast<float>(sum);
      }
  });
  return out;
}

Result<Tensor> reduce_mean(const Call& call) {
  const std::vector<bool> gone = LC_TRY(reduced_axes(call));
  const Tensor& in = *call.in[0].constant;
  Dims kept = in.info.dims, dims;
  std::int64_t share = 1;
  const bool keep = LC_TRY(call.node.integer("keepdims", 1)) != 0;
  for (std::size_t i = 0; i < gone.size(); ++i) {
    if (gone[i]) share *= std::exchange(kept[i], 1);
    if (!gone[i] || keep) dims.push_back(kept[i]);
  }
  std::vector<double> sums(static_cast<std::size_t>(count(kept)));
  for_each_pair(in.info.dims, in.info.dims, kept,
                [&](std::size_t, std::size_t i, std::size_t o) { sums[o] += in.f[i]; });
  Tensor out = Tensor::floats(dims);
  for (std::size_t i = 0; i < sums.size(); ++i)
    out.f[i] = static_cast<float>(sums[i] / static_cast<double>(share));
  return out;
}

Result<Tensor> softmax(const Call& call) {
  const SoftmaxParams p = LC_TRY(softmax_params(call));
  Tensor out = *call.in[0].constant;
  const Dims& dims = out.info.dims;
  std::int64_t n = 1, inner = 1;
  for (std::size_t i = p.first; i < dims.size(); ++i) (i < p.last ? n : inner) *= dims[i];
  const std::int64_t rows = n * inner == 0 ? 0 : count(dims) / n;
  for (std::int64_t row = 0; row < rows; ++row) {
    float* x = out.f.data() + row / inner * n * inner + row % inner;
    float largest = x[0];
    for (std::int64_t i = 1; i < n; ++i) largest = std::max(largest, x[i * inner]);
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += std::exp(double{x[i * inner]} - largest);
    for (std::int64_t i = 0; i < n; ++i) {
      const double log = double{x[i * inner]} - largest - std::log(sum);
      x[i * inner] = static_cast<float>(call.node.op == "LogSoftmax" ? log : std::exp(log));
    }
  }
  return out;
}

}  // namespace lc::nn::reference
