#include "nn/operators.h"

#include "nn/reference_ops.h"
#include "nn/shapes.h"

namespace lc::nn {
namespace {

namespace ref = reference;

constexpr Operator kOperators[] = {
    {"Add", 2, 2, shapes::stretched, ref::arithmetic},
    {"AveragePool", 1, 1, shapes::pool, ref::pool},
    {"BatchNormalization", 5, 5, shapes::batch_norm, ref::batch_norm},
    {"Cast", 1, 1, shapes::cast, ref::cast},
    {"Clip", 1, 3, shapes::same, ref::activation},
    {"Concat", 1, 4096, shapes::concat, ref::concat},
    {"Constant", 0, 0, shapes::constant, ref::constant},
    {"Conv", 2, 3, shapes::conv, ref::conv},
    {"ConvTranspose", 2, 3, shapes::conv, ref::conv_transpose},
    {"DepthToSpace", 1, 1, shapes::depth_to_space, ref::depth_to_space},
    {"Div", 2, 2, shapes::stretched, ref::arithmetic},
    {"Dropout", 1, 3, shapes::same, ref::activation},
    {"Flatten", 1, 1, shapes::reshape, ref::reshape},
    {"Gather", 2, 2, shapes::gather, ref::gather},
    {"Gemm", 2, 3, shapes::gemm, ref::gemm},
    {"GlobalAveragePool", 1, 1, shapes::pool, ref::pool},
    {"HardSigmoid", 1, 1, shapes::same, ref::activation},
    {"HardSwish", 1, 1, shapes::same, ref::activation},
    {"Identity", 1, 1, shapes::same, ref::activation},
    {"LeakyRelu", 1, 1, shapes::same, ref::activation},
    {"MatMul", 2, 2, shapes::matmul, ref::matmul},
    {"MaxPool", 1, 1, shapes::pool, ref::pool},
    {"Mul", 2, 2, shapes::stretched, ref::arithmetic},
    {"PRelu", 2, 2, shapes::prelu, ref::arithmetic},
    {"Pad", 1, 3, shapes::pad, ref::pad},
    {"ReduceMean", 1, 1, shapes::reduce, ref::reduce_mean},
    {"Relu", 1, 1, shapes::same, ref::activation},
    {"Reshape", 2, 2, shapes::reshape, ref::reshape},
    {"Resize", 1, 4, shapes::resize, ref::resize},
    {"Shape", 1, 1, shapes::shape, ref::shape},
    {"Sigmoid", 1, 1, shapes::same, ref::activation},
    {"Slice", 1, 5, shapes::slice, ref::slice},
    {"Softmax", 1, 1, shapes::softmax, ref::softmax},
    {"SpaceToDepth", 1, 1, shapes::space_to_depth, ref::space_to_depth},
    {"Squeeze", 1, 2, shapes::reshape, ref::reshape},
    {"Sub", 2, 2, shapes::stretched, ref::arithmetic},
    {"Tanh", 1, 1, shapes::same, ref::activation},
    {"Transpose", 1, 1, shapes::transpose, ref::transpose},
    {"Unsqueeze", 1, 2, shapes::reshape, ref::reshape},
    {"Upsample", 2, 2, shapes::resize, ref::resize},
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
