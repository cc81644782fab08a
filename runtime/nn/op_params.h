// The parameters of operators, read from attributes and constant inputs and checked against the shapes: shape
// rules, reference loops and the plan all read them from here.
#pragma once

#include <array>

#include "nn/operators.h"

namespace lc::nn {

// A sliding window over rows and columns. Index 0 is rows, 1 is columns.
struct Window {
  std::array<std::int64_t, 2> in, out, kernel, stride, dilation, pad_begin, pad_end;
};

struct ConvParams {
  Window window;
  std::int64_t batch, in_channels, out_channels, groups;
  bool transposed;
  bool bias;
};
// Conv: weights [out, in/groups, kh, kw]. ConvTranspose: weights [in, out/groups, kh, kw].
Result<ConvParams> conv_params(const Call& call);

enum class PoolKind { max, average_with_padding, average };
struct PoolParams {
  Window window;
  std::int64_t batch, channels;
  PoolKind kind;
};
// MaxPool, AveragePool, GlobalAveragePool.
Result<PoolParams> pool_params(const Call& call);

// y = f(x) for each element.
struct Activation {
  enum Kind {
    relu,  // x < 0 ? alpha * x : x
    clip,  // min(max(x, alpha), beta)
    sigmoid,
    tanh,
    hard_swish,  // x * clip(alpha * x + beta, 0, 1)
    linear,      // alpha * x + beta
    elu,         // x < 0 ? alpha * (exp(x) - 1) : x
    exp,
    sqrt,
    abs,
    power,  // alpha * x ** beta
  } kind;
  float alpha = 0, beta = 0;
};
// One or two steps: HardSigmoid is linear, then clip. Empty for anything but an activation (also Identity).
Result<std::vector<Activation>> activation_params(const Call& call);
float apply(const Activation& f, float x);

struct GemmParams {
  std::int64_t m, n, k;
  bool transpose_a, transpose_b;
  float alpha, beta;
};
Result<GemmParams> gemm_params(const Call& call);

struct BatchNormParams {  // y = scale * x + shift for each channel
  std::vector<float> scale, shift;
};
Result<BatchNormParams> batch_norm_params(const Call& call);

struct BlockParams {  // DepthToSpace, SpaceToDepth
  std::int64_t block;
  bool column_row_depth;  // mode CRD: channel = (c * block + row) * block + column; else (row * block +
                          // column) * c
};
Result<BlockParams> block_params(const Call& call);

// Axis of a tensor of rank `rank`, negative ones counted from the end.
Result<std::size_t> checked_axis(std::int64_t axis, std::size_t rank);
// Dims of two operands stretched to each other as numpy does.
Result<Dims> broadcast(const Dims& a, const Dims& b);
// Axes of Squeeze, Unsqueeze: an attribute before opset 13, an input since.
Result<std::vector<std::int64_t>> axes_of(const Call& call);
Result<Dims> reshape_dims(const Call& call);  // also Flatten, Squeeze, Unsqueeze
Result<std::vector<std::size_t>> transpose_order(const Call& call);
Result<std::vector<bool>> reduced_axes(const Call& call);  // ReduceMean: by axis
Result<Dims> expand_dims(const Call& call);
// Shape: axes [first, last) of the input.
struct AxisRange {
  std::size_t first, last;
};
Result<AxisRange> shape_axes(const Call& call);
enum class CastTo { floats, integers, truths };
Result<CastTo> cast_to(const Call& call);
Result<std::int64_t> range_length(const Call& call);

// QuantizeLinear: saturate(round(x / scale) + zero), halves to even; DequantizeLinear: (x - zero) * scale.
struct QuantParams {
  std::vector<float> scale, zero;  // one, or one for each place of `axis`
  bool per_axis;
  std::size_t axis;
  float low, high;  // to which QuantizeLinear saturates
};
Result<QuantParams> quant_params(const Call& call);

// Softmax, LogSoftmax over axes [first, last): one axis since opset 13, all from `axis` on before.
struct SoftmaxParams {
  std::size_t first, last;
};
Result<SoftmaxParams> softmax_params(const Call& call);

// Attributes of a Split that has one output, see nn/unravel.h: of how many it is which.
inline constexpr std::string_view kSplitParts = "parts", kSplitPart = "part";

// Slice, Split, Pad, Gather with one-dimensional indices, Resize and Upsample of mode nearest: element (i, j, ...) of
// the result is element (index[0][i], index[1][j], ...) of the input, or `fill` where an index is -1.
struct IndexMap {
  std::vector<std::vector<std::int64_t>> index;
  float fill = 0;
};
Result<IndexMap> slice_map(const Call& call);
Result<IndexMap> pad_map(const Call& call);
Result<IndexMap> split_map(const Call& call);
Result<IndexMap> resize_map(const Call& call);
Result<IndexMap> gather_map(const Call& call);

// Resize, Upsample of mode linear, along each axis: place i of the result is
// (1 - weight[i]) * input[low[i]] + weight[i] * input[high[i]]; high is low where its weight is 0.
struct LinearAxis {
  std::vector<std::int64_t> low, high;
  std::vector<float> weight;
  bool is_same;  // as the input
};
using LinearMap = std::vector<LinearAxis>;
Result<bool> resizes_linearly(const Call& call);
Result<LinearMap> linear_map(const Call& call);

}  // namespace lc::nn
