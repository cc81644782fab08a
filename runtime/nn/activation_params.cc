#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/op_params.h"

namespace lc::nn {
namespace {

using Activations = std::vector<Activation>;

Result<Activations> clip(const Call& call) {
  float bound[2] = {std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max()};
  bound[0] = LC_TRY(call.node.number("min", bound[0]));
  bound[1] = LC_TRY(call.node.number("max", bound[1]));
  for (std::size_t i = 0; i < 2; ++i) {
    if (call.opset < 11 || !call.has(i + 1)) continue;
    const Tensor* value = LC_TRY(call.constant(i + 1, i == 0 ? "min" : "max"));
    if (value->f.size() != 1) return fail(Errc::corrupt, "min and max must be single numbers");
    bound[i] = value->f[0];
  }
  return Activations{{Activation::clip, bound[0], bound[1]}};
}

// Pow with one constant number that stretches nothing; any other is arithmetic.
Activations power(const Call& call) {
  const Tensor* exponent = call.in[1].constant;
  if (!exponent || count(exponent->info.dims) != 1 || call.rank(1) > call.rank(0)) return {};
  return {{Activation::power, 1, exponent->f.empty() ? static_cast<float>(exponent->i[0]) : exponent->f[0]}};
}

}  // namespace

Result<Activations> activation_params(const Call& call) {
  const std::string& op = call.node.op;
  using A = Activation;
  if (op == "Relu") return Activations{{A::relu}};
  if (op == "LeakyRelu") return Activations{{A::relu, LC_TRY(call.node.number("alpha", 0.01f))}};
  if (op == "Elu") return Activations{{A::elu, LC_TRY(call.node.number("alpha", 1))}};
  if (op == "Sigmoid") return Activations{{A::sigmoid}};
  if (op == "Tanh") return Activations{{A::tanh}};
  if (op == "Exp") return Activations{{A::exp}};
  if (op == "Sqrt") return Activations{{A::sqrt}};
  if (op == "Abs") return Activations{{A::abs}};
  if (op == "Neg") return Activations{{A::linear, -1, 0}};
  if (op == "HardSwish") return Activations{{A::hard_swish, 1.0f / 6, 0.5f}};
  if (op == "HardSigmoid") {
    const float alpha = LC_TRY(call.node.number("alpha", 0.2f)), beta = LC_TRY(call.node.number("beta", 0.5f));
    return Activations{{A::linear, alpha, beta}, {A::clip, 0, 1}};
  }
  if (op == "Clip") return clip(call);
  if (op == "Pow") return power(call);
  return Activations{};
}

float apply(const Activation& f, float x) {
  switch (f.kind) {
    case Activation::relu:
      return x < 0 ? f.alpha * x : x;
    case Activation::elu:
      return x < 0 ? f.alpha * std::expm1(x) : x;
    case Activation::clip:
      return std::min(std::max(x, f.alpha), f.beta);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::tanh:
      return std::tanh(x);
    case Activation::hard_swish:
      return x * std::min(std::max(f.alpha * x + f.beta, 0.0f), 1.0f);
    case Activation::exp:
      return std::exp(x);
    case Activation::sqrt:
      return std::sqrt(x);
    case Activation::abs:
      return std::abs(x);
    case Activation::power:
      return f.alpha * std::pow(x, f.beta);
    case Activation::linear:
      return f.alpha * x + f.beta;
  }
  return x;
}

}  // namespace lc::nn
