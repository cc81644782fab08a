#include "nn/lower.h"

namespace lc::nn {
namespace {

using onednn::PostOp;

bool is_slow(const onednn::Kernel& kernel) { return kernel.name.find("ref") != std::string::npos; }

// A kernel that moves by its own width reads each pixel once: kernel columns can count as channels, and the
// picture as one of fewer, deeper pixels. A stem of 8 x 8 on 3 channels becomes 8 x 1 on 24, for which there
// are fast kernels.
bool columns_are_channels(const ConvParams& p) {
  const Window& w = p.window;
  return !p.transposed && p.groups == 1 && w.kernel[1] > 1 && w.kernel[1] == w.stride[1] &&
         w.dilation[1] == 1 && w.pad_begin[1] == 0 && w.pad_end[1] == 0 && w.in[1] % w.kernel[1] == 0 &&
         p.in_channels * w.kernel[1] <= 512;
}

ConvParams with_deep_pixels(ConvParams p) {
  Window& w = p.window;
  p.in_channels *= w.kernel[1];
  w.in[1] /= w.kernel[1];
  w.kernel[1] = w.stride[1] = 1;
  return p;
}

// [o, c, i, j] to [o, j * channels + c, i, 1].
std::vector<float> deep_weights(const std::vector<float>& from, const ConvParams& p) {
  const auto channels = static_cast<std::size_t>(p.in_channels);
  const auto rows = static_cast<std::size_t>(p.window.kernel[0]),
             columns = static_cast<std::size_t>(p.window.kernel[1]);
  std::vector<float> to(from.size());
  for (std::size_t n = 0; n < from.size(); ++n) {
    const std::size_t j = n % columns, i = n / columns % rows, c = n / columns / rows % channels;
    const std::size_t o = n / columns / rows / channels;
    to[((o * columns + j) * channels + c) * rows + i] = from[n];
  }
  return to;
}

}  // namespace

Result<onednn::Kernel> Lowering::conv_kernel(const Layer& layer, const ConvParams& p,
                                             const std::vector<PostOp>& post) {
  const auto make = [&](const ConvParams& q, bool deep) {
    auto at = weights_.find({layer.output, deep});
    if (at == weights_.end())
      at = weights_
               .emplace(std::pair{layer.output, deep},
                        onednn::Weights(deep ? deep_weights(layer.weights, p) : layer.weights, layer.bias))
               .first;
    return onednn::convolution(device_,
                               {q.batch, q.in_channels, q.out_channels, q.groups, q.window, q.transposed},
                               post, at->second);
  };
  if (columns_are_channels(p))
    if (auto kernel = make(with_deep_pixels(p), true); kernel && !is_slow(*kernel)) return kernel;
  return make(p, false);
}

Result<> Lowering::convolution(Job& job) {
  ConvParams p = LC_TRY(conv_params(job.call));
  std::int64_t begin = 0;
  if (job.is_cut()) begin = cut_window(Window(p.window), job.rows, p.window).begin;
  return with_post(job, job.at(job.layer.node.inputs[0], begin),
                   [&](const std::vector<PostOp>& post) { return conv_kernel(job.layer, p, post); });
}

// Makes the kernel with what comes after it; where the library has none, or a slow one, what comes after runs
// by itself.
Result<> Lowering::with_post(Job& job, const float* source, const MakeKernel& make) {
  const Layer& layer = job.layer;
  auto kernel = make(layer.post);
  const bool poor = !kernel || is_slow(*kernel);
  const bool separable = !layer.post.empty() && !(layer.residual != kAbsent && job.in_place);
  if (poor && separable) {
    if (auto bare = make({}); bare && (!kernel || !is_slow(*bare))) {
      bare->bind(source, job.out());
      job.tasks.push_back(kernel_task(*std::move(bare)));
      for (const PostOp& op : layer.post) {
        if (op.kind == PostOp::activation) {
          LC_TRY(activate(job, op.f));
          continue;
        }
        Nest<3> nest;
        nest.add(job.out_elements(), {1, 1, 1});
        job.tasks.push_back(arithmetic_task(Arithmetic::add, nest, job.out(), job.out(),
                                            job.at(layer.residual, job.rows.begin)));
      }
      return {};
    }
  }
  if (!kernel) return tl::unexpected<Error>(std::move(kernel).error());
  if (layer.residual != kAbsent && !job.in_place) {
    Nest<2> nest;
    nest.add(job.out_elements(), {1, 1});
    job.tasks.push_back(copy_task(nest, job.out(), job.at(layer.residual, job.rows.begin)));
  }
  kernel->bind(source, job.out());
  job.tasks.push_back(kernel_task(*std::move(kernel)));
  return {};
}

Result<> Lowering::activate(Job& job, const Activation& f) {
  auto kernel = LC_TRY(onednn::activation(device_, f, job.out_elements()));
  kernel.bind(job.out(), job.out());
  job.tasks.push_back(kernel_task(std::move(kernel)));
  return {};
}

Result<> Lowering::activations(Job& job) {
  const float* source = job.at(job.layer.node.inputs[0], job.rows.begin);
  for (const Activation& f : LC_TRY(activation_params(job.call))) {
    auto kernel = LC_TRY(onednn::activation(device_, f, job.out_elements()));
    kernel.bind(source, job.out());
    job.tasks.push_back(kernel_task(std::move(kernel)));
    source = job.out();
  }
  return {};
}

Result<> Lowering::pooling(Job& job) {
  PoolParams p = LC_TRY(pool_params(job.call));
  std::int64_t begin = 0;
  if (job.is_cut()) begin = cut_window(Window(p.window), job.rows, p.window).begin;
  auto kernel = LC_TRY(onednn::pooling(device_, p));
  kernel.bind(job.at(job.layer.node.inputs[0], begin), job.out());
  job.tasks.push_back(kernel_task(std::move(kernel)));
  return {};
}

Result<> Lowering::dense(Job& job) {
  onednn::DenseShape shape{};
  if (job.layer.node.op == "Gemm") {
    const GemmParams p = LC_TRY(gemm_params(job.call));
    shape = {p.m, p.k, p.n, p.transpose_a};
  } else {
    shape.k = job.call.dims(1)[0];
    shape.n = job.call.dims(1)[1];
    shape.m = count(job.call.dims(0)) / shape.k;
  }
  auto at = weights_.find({job.layer.output, false});
  if (at == weights_.end())
    at = weights_
             .emplace(std::pair{job.layer.output, false}, onednn::Weights(job.layer.weights, job.layer.bias))
             .first;
  return with_post(job, job.in[0], [&](const std::vector<PostOp>& post) {
    return onednn::dense(device_, shape, post, at->second);
  });
}

Result<> Lowering::matrices(Job& job) {
  // Matrices of rank 4 lie as pictures: they are brought into row-major order, and back.
  const Dims& out = job.out_dims();
  const float* source[2];
  for (std::size_t i = 0; i < 2; ++i) source[i] = row_major(job, job.call.dims(i), job.in[i]);
  float* result =
      is_row_major(out) ? job.out() : keep(std::vector<float>(static_cast<std::size_t>(count(out))));
  Dims a = job.call.dims(0), b = job.call.dims(1);
  a.insert(a.begin(), out.size() - a.size(), 1);
  b.insert(b.begin(), out.size() - b.size(), 1);
  auto kernel = LC_TRY(onednn::matmul(device_, a, b, out));
  kernel.bind(source[0], result);
  kernel.bind_second(source[1]);
  job.tasks.push_back(kernel_task(std::move(kernel)));
  if (result != job.out()) {
    Nest<2> pack;
    const Dims flat = row_major_strides(out), to = memory_strides(out);
    for (std::size_t axis : memory_order(out.size())) pack.add(out[axis], {to[axis], flat[axis]});
    job.tasks.push_back(copy_task(pack, job.out(), result));
  }
  return {};
}

const float* Lowering::row_major(Job& job, const Dims& dims, const float* memory) {
  if (is_row_major(dims)) return memory;
  float* flat = keep(std::vector<float>(static_cast<std::size_t>(count(dims))));
  Nest<2> unpack;
  const Dims to = row_major_strides(dims), from = memory_strides(dims);
  for (std::size_t axis = 0; axis < dims.size(); ++axis) unpack.add(dims[axis], {to[axis], from[axis]});
  job.tasks.push_back(copy_task(unpack, flat, memory));
  return flat;
}

}  // namespace lc::nn
