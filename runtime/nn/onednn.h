// oneDNN behind a facade in the terms of oneDNN 3: a kernel is made of shapes and a list of post-ops, and run
// with memory that was bound before. onednn.cc is the only file that includes oneDNN.
//
// Every picture is NHWC f32. Kernels are made for one thread (see threads.h): work is split among threads
// above this file, so that no OpenMP team ever exists and nothing spins.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "nn/op_params.h"

namespace lc::nn::onednn {

// What happens to each result before it is stored, in order.
struct PostOp {
  enum Kind { activation, sum } kind;  // sum: add what the destination holds
  Activation f{Activation::relu};
};

class Kernel;

// Owns the library's engine. Kernels keep what they need of it.
class Device {
 public:
  static Result<Device> create();

  class Impl;
  std::shared_ptr<Impl> impl;
};

// Weights and bias of one layer: kept as ONNX has them until a kernel asks for a layout, then packed once per
// layout.
class Weights {
 public:
  //   values   Conv: [groups * out, in, kh, kw]; transposed: [groups * in, out, kh, kw] (in and out of one
  //   group);
  //            matmul: [k, n]
  //   bias     one for each output channel, or empty
  Weights(std::vector<float> values, const std::vector<float>& bias);
  // Frees what was not packed. No kernel can be made with them afterwards.
  void drop_plain();

  class Impl;
  std::shared_ptr<Impl> impl;
};

class Kernel {
 public:
  std::string name;  // the library's name for what it chose, as "brgconv:avx512_core"
  std::size_t scratch_bytes = 0;

  // Both are called once, before the first run.
  void bind(const float* source, float* destination);
  void bind_second(const float* second);  // matmul of two computed operands
  void bind_scratch(void* scratch);       // aligned to 64 bytes

  // errors  backend. Allocates nothing here; the library allocates and frees a few dozen bytes for the call.
  Result<> run() const;

  class Impl;
  std::shared_ptr<Impl> impl;
};

struct ConvShape {
  std::int64_t batch, in_channels, out_channels, groups;
  Window window;
  bool transposed = false;
};

// errors of all: unsupported where the library has no kernel for the combination, backend otherwise
Result<Kernel> convolution(const Device&, const ConvShape&, const std::vector<PostOp>&, const Weights&);
Result<Kernel> pooling(const Device&, const PoolParams&);
Result<Kernel> activation(const Device&, const Activation&, std::int64_t elements);
// [m, k] x [k, n], row-major, with constant weights; the left matrix may lie as [k, m].
struct DenseShape {
  std::int64_t m, k, n;
  bool transposed = false;
};
Result<Kernel> dense(const Device&, const DenseShape&, const std::vector<PostOp>&, const Weights&);
// Batched row-major matrices, both computed; batch dimensions of a and b are 1 or equal.
Result<Kernel> matmul(const Device&, const Dims& a, const Dims& b, const Dims& out);

std::string version();

// What the library may use: what the processor has, lowered by ONEDNN_MAX_CPU_ISA.
struct Instructions {
  bool vnni, bf16;  // of AVX-512
};
Instructions instructions();

}  // namespace lc::nn::onednn
