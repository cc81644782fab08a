// Each operator as straightforward loops over row-major tensors: the twin that fast kernels are tested
// against, and what folds constants.
#pragma once

#include "nn/operators.h"

namespace lc::nn::reference {

Result<Tensor> activation(const Call& call);  // also Identity, Dropout
Result<Tensor> arithmetic(const Call& call);  // Add, Sub, Mul, Div, PRelu, Min, Max
Result<Tensor> power(const Call& call);
Result<Tensor> quantize(const Call& call);
Result<Tensor> dequantize(const Call& call);
Result<Tensor> batch_norm(const Call& call);
Result<Tensor> conv(const Call& call);
Result<Tensor> conv_transpose(const Call& call);
Result<Tensor> pool(const Call& call);
Result<Tensor> gemm(const Call& call);
Result<Tensor> matmul(const Call& call);
Result<Tensor> reduce_mean(const Call& call);
Result<Tensor> softmax(const Call& call);  // also LogSoftmax
Result<Tensor> concat(const Call& call);
Result<Tensor> reshape(const Call& call);
Result<Tensor> transpose(const Call& call);
Result<Tensor> depth_to_space(const Call& call);
Result<Tensor> space_to_depth(const Call& call);
Result<Tensor> slice(const Call& call);
Result<Tensor> split(const Call& call);
Result<Tensor> expand(const Call& call);
Result<Tensor> pad(const Call& call);
Result<Tensor> resize(const Call& call);
Result<Tensor> gather(const Call& call);
Result<Tensor> shape(const Call& call);
Result<Tensor> constant(const Call& call);
Result<Tensor> cast(const Call& call);
Result<Tensor> constant_of_shape(const Call& call);
Result<Tensor> range(const Call& call);
Result<Tensor> comparison(const Call& call);  // Equal, Greater, Less, And, Or
Result<Tensor> negation(const Call& call);
Result<Tensor> where(const Call& call);
Result<Tensor> rounded(const Call& call);  // Floor, Ceil

}  // namespace lc::nn::reference
