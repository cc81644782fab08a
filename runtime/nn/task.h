// What a plan executes: a piece of work whose memory is fixed. task.cc has what moves elements, task_math.cc what
// computes with them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "nn/marks.h"
#include "nn/nest.h"
#include "nn/onednn.h"

namespace lc::nn {

class Task {
 public:
  virtual ~Task() = default;
  virtual Result<> run() const = 0;
  // At least what is marked: all of it, unless a task can leave out the rest.
  virtual Result<> update(const Marked&) const { return run(); }
  virtual std::string name() const = 0;
  virtual std::size_t scratch_bytes() const { return 0; }
  virtual void bind_scratch(void*) {}
};
using Tasks = std::vector<std::unique_ptr<Task>>;

// A kernel of oneDNN.
std::unique_ptr<Task> kernel_task(onednn::Kernel kernel);

// Nest of {destination, source}.
std::unique_ptr<Task> copy_task(const Nest<2>& nest, float* to, const float* from);

enum class Arithmetic { add, sub, mul, div, pow, min, max, prelu };
// Nest of {destination, a, b}. The destination may be a.
std::unique_ptr<Task> arithmetic_task(Arithmetic op, const Nest<3>& nest, float* to, const float* a,
                                      const float* b);

// Element (i, j, ...) of `to`, which is dense, becomes from[offset[0][i] + offset[1][j] + ...], or `fill`
// where an offset is negative.
struct IndexCopy {
  std::vector<std::vector<std::int64_t>> offset;
  float fill;
};
std::unique_ptr<Task> index_task(IndexCopy copy, float* to, const float* from);

// Means over the loops of `inner` for each turn of `outer` {destination, source}.
std::unique_ptr<Task> mean_task(const Nest<2>& outer, const Nest<1>& inner, float* to, const float* from);
// Softmax, or its logarithm, over `extent` elements `stride` apart, for each turn of `outer` {destination, source}.
std::unique_ptr<Task> softmax_task(const Nest<2>& outer, std::int64_t extent, std::int64_t stride, bool log, float* to,
                                   const float* from);

// As QuantParams has it.
struct Quantize {
  const float *scale, *zero;
  float low, high;
};
// Nest of {destination, source, scale and zero point}.
std::unique_ptr<Task> quantize_task(const Nest<3>& nest, const Quantize& q, float* to, const float* from);

// Interpolates along one axis of a dense [outer, extent, inner].
struct LinearPass {
  std::int64_t outer, extent, inner;
  LinearAxis axis;
};
// One pass or two.
std::unique_ptr<Task> resize_task(std::vector<LinearPass> passes, float* to, const float* from);

}  // namespace lc::nn
