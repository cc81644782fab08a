#include <algorithm>
#include <limits>

#include "nn/op_params.h"
#include "nn/reference_ops.h"

namespace lc::nn::reference {
namespace {

// Row-major [n, c, h, w].
std::size_t at(const Dims& d, std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
  return static_cast<std::size_t>(((n * d[1] + c) * d[2] + y) * d[3] + x);
}

}  // namespace

Result<Tensor> conv(const Call& call) {
  const ConvParams p = LC_TRY(conv_params(call));
  const Window& w = p.window;
  const Tensor &x = *call.in[0].constant, &k = *call.in[1].constant;
  Tensor out = Tensor::floats({p.batch, p.out_channels, w.out[0], w.out[1]});
  const std::int64_t in_group = p.in_channels / p.groups, out_group = p.out_channels / p.groups;
  for (std::int64_t n = 0; n < p.batch; ++n)
    for (std::int64_t o = 0; o < p.out_channels; ++o)
      for (std::int64_t y = 0; y < w.out[0]; ++y)
        for (std::int64_t z = 0; z < w.out[1]; ++z) {
          double sum = p.bias ? call.in[2].constant->f[static_cast<std::size_t>(o)] : 0;
          for (std::int64_t c = 0; c < in_group; ++c)
            for (std::int64_t i = 0; i < w.kernel[0]; ++i)
              for (std::int64_t j = 0; j < w.kernel[1]; ++j) {
                const std::int64_t row = y * w.stride[0] - w.pad_begin[0] + i * w.dilation[0];
                const std::int64_t col = z * w.stride[1] - w.pad_begin[1] + j * w.dilation[1];
                if (row < 0 || row >= w.in[0] || col < 0 || col >= w.in[1]) continue;
                sum += double{x.f[at(x.info.dims, n, o / out_group * in_group + c, row, col)]} *
                       k.f[at(k.info.dims, o, c, i, j)];
              }
          out.f[at(out.info.dims, n, o, y, z)] = static_cast<float>(sum);
        }
  return out;
}

Result<Tensor> conv_transpose(const Call& call) {
  const ConvParams p = LC_TRY(conv_params(call));
  const Window& w = p.window;
  const Tensor &x = *call.in[0].constant, &k = *call.in[1].constant;
  Tensor out = Tensor::floats({p.batch, p.out_channels, w.out[0], w.out[1]});
  const std::int64_t in_group = p.in_channels / p.groups, out_group = p.out_channels / p.groups;
  if (p.bias)
    for (std::size_t i = 0, inner = static_cast<std::size_t>(w.out[0] * w.out[1]); i < out.f.size(); ++i)
      out.f[i] = call.in[2].constant->f[i / inner % static_cast<std::size_t>(p.out_channels)];
  for (std::int64_t n = 0; n < p.batch; ++n)
    for (std::int64_t c = 0; c < p.in_channels; ++c)
      for (std::int64_t y = 0; y < w.in[0]; ++y)
        for (std::int64_t z = 0; z < w.in[1]; ++z)
          for (std::int64_t o = 0; o < out_group; ++o)
            for (std::int64_t i = 0; i < w.kernel[0]; ++i)
              for (std::int64_t j = 0; j < w.kernel[1]; ++j) {
                const std::int64_t row = y * w.stride[0] - w.pad_begin[0] + i * w.dilation[0];
                const std::int64_t col = z * w.stride[1] - w.pad_begin[1] + j * w.dilation[1];
                if (row < 0 || row >= w.out[0] || col < 0 || col >= w.out[1]) continue;
                out.f[at(out.info.dims, n, c / in_group * out_group + o, row, col)] +=
                    x.f[at(x.info.dims, n, c, y, z)] * k.f[at(k.info.dims, c, o, i, j)];
              }
  return out;
}

Result<Tensor> pool(const Call& call) {
  const PoolParams p = LC_TRY(pool_params(call));
  const Window& w = p.window;
  const Tensor& x = *call.in[0].constant;
  Tensor out = Tensor::floats({p.batch, p.channels, w.out[0], w.out[1]});
  for (std::int64_t n = 0; n < p.batch; ++n)
    for (std::int64_t c = 0; c < p.channels; ++c)
      for (std::int64_t y = 0; y < w.out[0]; ++y)
        for (std::int64_t z = 0; z < w.out[1]; ++z) {
          float largest = std::numeric_limits<float>::lowest();
          double sum = 0;
          std::int64_t inside = 0;
          for (std::int64_t i = 0; i < w.kernel[0]; ++i)
            for (std::int64_t j = 0; j < w.kernel[1]; ++j) {
              const std::int64_t row = y * w.stride[0] - w.pad_begin[0] + i * w.dilation[0];
              const std::int64_t col = z * w.stride[1] - w.pad_begin[1] + j * w.dilation[1];
              if (row < 0 || row >= w.in[0] || col < 0 || col >= w.in[1]) continue;
              const float v = x.f[at(x.info.dims, n, c, row, col)];
              largest = std::max(largest, v);
              sum += v;
              ++inside;
            }
          const std::int64_t share = p.kind == PoolKind::average ? inside : w.kernel[0] * w.kernel[1];
          out.f[at(out.info.dims, n, c, y, z)] =
              p.kind == PoolKind::max ? largest : static_cast<float>(sum / static_cast<double>(share));
        }
  return out;
}

}  // namespace lc::nn::reference
