// The shape rule of each operator: what the first output is, given what is known of the inputs.
#pragma once

#include "nn/operators.h"

namespace lc::nn::shapes {

// errors  corrupt, unsupported: dimensions that element_count() refuses.
Result<TensorInfo> checked(DType type, Dims dims);

Result<TensorInfo> same(const Call& call);  // as the first input
Result<TensorInfo> stretched(const Call& call);
Result<TensorInfo> power(const Call& call);
Result<TensorInfo> prelu(const Call& call);
Result<TensorInfo> batch_norm(const Call& call);
Result<TensorInfo> conv(const Call& call);
Result<TensorInfo> pool(const Call& call);
Result<TensorInfo> gemm(const Call& call);
Result<TensorInfo> matmul(const Call& call);
Result<TensorInfo> reduce(const Call& call);
Result<TensorInfo> softmax(const Call& call);
Result<TensorInfo> concat(const Call& call);
Result<TensorInfo> reshape(const Call& call);
Result<TensorInfo> transpose(const Call& call);
Result<TensorInfo> depth_to_space(const Call& call);
Result<TensorInfo> space_to_depth(const Call& call);
Result<TensorInfo> slice(const Call& call);
Result<TensorInfo> split(const Call& call);
Result<TensorInfo> expand(const Call& call);
Result<TensorInfo> pad(const Call& call);
Result<TensorInfo> resize(const Call& call);
Result<TensorInfo> gather(const Call& call);
Result<TensorInfo> quantised(const Call& call);  // QuantizeLinear, DequantizeLinear

// Of what is computed from constants only: the arithmetic of shapes that exporters leave.
Result<TensorInfo> shape(const Call& call);
Result<TensorInfo> constant(const Call& call);
Result<TensorInfo> cast(const Call& call);
Result<TensorInfo> constant_of_shape(const Call& call);
Result<TensorInfo> range(const Call& call);
Result<TensorInfo> comparison(const Call& call);  // Equal, Greater, Less, And, Or
Result<TensorInfo> negation(const Call& call);
Result<TensorInfo> where(const Call& call);
Result<TensorInfo> rounded(const Call& call);  // Floor, Ceil

}  // namespace lc::nn::shapes
