#include "nn/operators.h"

#include "nn/reference_ops.h"
#include "nn/shapes.h"

namespace lc::nn {
namespace {

namespace ref = reference;

constexpr Operator kOperators[] = {
    {"Abs", 1, 1, shapes::same, ref::activation},
    {"Add", 2, 2, shapes::stretched, ref::arithmetic},
    {"And", 2, 2, shapes::comparison, ref::comparison},
    {"AveragePool", 1, 1, shapes::pool, ref::pool},
    {"BatchNormalization", 5, 5, shapes::batch_norm, ref::batch_norm},
    {"Cast", 1, 1, shapes::cast, ref::cast},
    {"Ceil", 1, 1, shapes::rounded, ref::rounded},
    {"Clip", 1, 3, shapes::same, ref::activation},
    {"Concat", 1, 4096, shapes::concat, ref::concat},
    {"Constant", 0, 0, shapes::constant, ref::constant},
    {"ConstantOfShape", 1, 1, shapes::constant_of_shape, ref::constant_of_shape},
    {"Conv", 2, 3, shapes::conv, ref::conv},
    {"ConvTranspose", 2, 3, shapes::conv, ref::conv_transpose},
    {"DepthToSpace", 1, 1, shapes::depth_to_space, ref::depth_to_space},
    {"DequantizeLinear", 2, 3, shapes::quantised, ref::dequantize},
    {"Div", 2, 2, shapes::stretched, ref::arithmetic},
    {"Dropout", 1, 3, shapes::same, ref::activation},
    {"Elu", 1, 1, shapes::same, ref::activation},
    {"Equal", 2, 2, shapes::comparison, ref::comparison},
    {"Exp", 1, 1, shapes::same, ref::activation},
    {"Expand", 2, 2, shapes::expand, ref::expand},
    {"Flatten", 1, 1, shapes::reshape, ref::reshape},
    {"Floor", 1, 1, shapes::rounded, ref::rounded},
    {"Gather", 2, 2, shapes::gather, ref::gather},
    {"Gemm", 2, 3, shapes::gemm, ref::gemm},
    {"GlobalAveragePool", 1, 1, shapes::pool, ref::pool},
    {"Greater", 2, 2, shapes::comparison, ref::comparison},
    {"HardSigmoid", 1, 1, shapes::same, ref::activation},
    {"HardSwish", 1, 1, shapes::same, ref::activation},
    {"Identity", 1, 1, shapes::same, ref::activation},
    {"LeakyRelu", 1, 1, shapes::same, ref::activation},
    {"Less", 2, 2, shapes::comparison, ref::comparison},
    {"LogSoftmax", 1, 1, shapes::softmax, ref::softmax},
    {"MatMul", 2, 2, shapes::matmul, ref::matmul},
    {"Max", 1, 4096, shapes::stretched, ref::arithmetic},
    {"MaxPool", 1, 1, shapes::pool, ref::pool},
    {"Min", 1, 4096, shapes::stretched, ref::arithmetic},
    {"Mul", 2, 2, shapes::stretched, ref::arithmetic},
    {"Neg", 1, 1, shapes::same, ref::activation},
    {"Not", 1, 1, shapes::negation, ref::negation},
    {"Or", 2, 2, shapes::comparison, ref::comparison},
    {"PRelu", 2, 2, shapes::prelu, ref::arithmetic},
    {"Pad", 1, 3, shapes::pad, ref::pad},
    {"Pow", 2, 2, shapes::power, ref::power},
    {"QuantizeLinear", 2, 3, shapes::quantised, ref::quantize},
    {"Range", 3, 3, shapes::range, ref::range},
    {"ReduceMean", 1, 1, shapes::reduce, ref::reduce_mean},
    {"Relu", 1, 1, shapes::same, ref::activation},
    {"Reshape", 2, 2, shapes::reshape, ref::reshape},
    {"Resize", 1, 4, shapes::resize, ref::resize},
    {"Shape", 1, 1, shapes::shape, ref::shape},
    {"Sigmoid", 1, 1, shapes::same, ref::activation},
    {"Slice", 1, 5, shapes::slice, ref::slice},
    {"Softmax", 1, 1, shapes::softmax, ref::softmax},
    {"SpaceToDepth", 1, 1, shapes::space_to_depth, ref::space_to_depth},
    {"Split", 1, 2, shapes::split, ref::split},
    {"Sqrt", 1, 1, shapes::same, ref::activation},
    {"Squeeze", 1, 2, shapes::reshape, ref::reshape},
    {"Sub", 2, 2, shapes::stretched, ref::arithmetic},
    {"Sum", 1, 4096, shapes::stretched, ref::arithmetic},
    {"Tanh", 1, 1, shapes::same, ref::activation},
    {"Transpose", 1, 1, shapes::transpose, ref::transpose},
    {"Unsqueeze", 1, 2, shapes::reshape, ref::reshape},
    {"Upsample", 2, 2, shapes::resize, ref::resize},
    {"Where", 3, 3, shapes::where, ref::where},
};

}  // namespace

const Operator* find_operator(std::string_view name) {
  for (const Operator& op : kOperators)
    if (op.name == name) return &op;
  return nullptr;
}

std::string supported_operators() {
  std::string out = "supported are";
  for (const Operator& op : kOperators) out += fmt::format("{} {}", &op == kOperators ? "" : ",", op.name);
  return out;
}

}  // namespace lc::nn
