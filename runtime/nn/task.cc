#include "nn/task.h"

#include <cmath>

namespace lc::nn {
namespace {

class KernelTask : public Task {
 public:
  explicit KernelTask(onednn::Kernel kernel) : kernel_(std::move(kernel)) {}
  Result<> run() const override { return kernel_.run(); }
  std::string name() const override { return kernel_.name; }
  std::size_t scratch_bytes() const override { return kernel_.scratch_bytes; }
  void bind_scratch(void* scratch) override { kernel_.bind_scratch(scratch); }

 private:
  onednn::Kernel kernel_;
};

class CopyTask : public Task {
 public:
  CopyTask(const Nest<2>& nest, float* to, const float* from) : nest_(nest), to_(to), from_(from) {}
  std::string name() const override { return "copy"; }

  Result<> run() const override {
    nest_.run([this](const auto& offset, const Nest<2>::Loop& loop) {
      float* to = to_ + offset[0];
      const float* from = from_ + offset[1];
      if (loop.stride[0] == 1 && loop.stride[1] == 1) {
        std::memcpy(to, from, static_cast<std::size_t>(loop.extent) * sizeof(float));
      } else {
        for (std::int64_t i = 0; i < loop.extent; ++i) to[i * loop.stride[0]] = from[i * loop.stride[1]];
      }
    });
    return {};
  }

 private:
  Nest<2> nest_;
  float* to_;
  const float* from_;
};

template <class F>
class ArithmeticTask : public Task {
 public:
  ArithmeticTask(const Nest<3>& nest, float* to, const float* a, const float* b)
      : nest_(nest), to_(to), a_(a), b_(b) {}
  std::string name() const override { return F::kName; }

  Result<> run() const override {
    nest_.run([this](const auto& offset, const Nest<3>::Loop& loop) {
      float* to = to_ + offset[0];
      const float *a = a_ + offset[1], *b = b_ + offset[2];
      const std::int64_t n = loop.extent;
      const bool dense = loop.stride[0] == 1 && loop.stride[1] == 1;
      if (dense && loop.stride[2] == 1) {
        for (std::int64_t i = 0; i < n; ++i) to[i] = F::compute(a[i], b[i]);
      } else if (dense && loop.stride[2] == 0) {
        for (std::int64_t i = 0, y = 0; i < n; ++i) to[i] = F::compute(a[i], b[y]);
      } else {
        for (std::int64_t i = 0; i < n; ++i)
          to[i * loop.stride[0]] = F::compute(a[i * loop.stride[1]], b[i * loop.stride[2]]);
      }
    });
    return {};
  }

 private:
  Nest<3> nest_;
  float* to_;
  const float *a_, *b_;
};

struct AddOp {
  static constexpr const char* kName = "add";
  static float compute(float a, float b) { return a + b; }
};
struct SubOp {
  static constexpr const char* kName = "subtract";
  static float compute(float a, float b) { return a - b; }
};
struct MulOp {
  static constexpr const char* kName = "multiply";
  static float compute(float a, float b) { return a * b; }
};
struct DivOp {
  static constexpr const char* kName = "divide";
  static float compute(float a, float b) { return a / b; }
};
struct PreluOp {
  static constexpr const char* kName = "prelu";
  static float compute(float a, float b) { return a < 0 ? a * b : a; }
};

class IndexTask : public Task {
 public:
  IndexTask(IndexCopy copy, float* to, const float* from) : copy_(std::move(copy)), to_(to), from_(from) {
    const auto& last = copy_.offset.back();
    dense_ = true;
    for (std::size_t i = 0; i < last.size(); ++i) dense_ = dense_ && last[i] == static_cast<std::int64_t>(i);
    block_.assign(copy_.offset.size() + 1, 1);
    for (std::size_t axis = copy_.offset.size(); axis-- > 0;)
      block_[axis] = block_[axis + 1] * static_cast<std::int64_t>(copy_.offset[axis].size());
  }
  std::string name() const override { return "gather"; }
  Result<> run() const override {
    walk(0, to_, from_);
    return {};
  }

 private:
  void walk(std::size_t axis, float* to, const float* from) const {
    const auto& offsets = copy_.offset[axis];
    const bool innermost = axis + 1 == copy_.offset.size();
    if (innermost && dense_) {
      std::memcpy(to, from, offsets.size() * sizeof(float));
      return;
    }
    for (std::int64_t offset : offsets) {
      if (offset < 0)
        std::fill_n(to, block_[axis + 1], copy_.fill);
      else if (innermost)
        *to = from[offset];
      else
        walk(axis + 1, to, from + offset);
      to += block_[axis + 1];
    }
  }

  IndexCopy copy_;
  std::vector<std::int64_t> block_;  // elements of `to` below each axis
  bool dense_ = false;
  float* to_;
  const float* from_;
};

class MeanTask : public Task {
 public:
  MeanTask(const Nest<2>& outer, const Nest<1>& inner, float* to, const float* from)
      : outer_(outer), inner_(inner), to_(to), from_(from) {
    double elements = 1;
    for (std::size_t i = 0; i < inner.depth; ++i) elements *= static_cast<double>(inner.loops[i].extent);
    share_ = 1 / elements;
  }
  std::string name() const override { return "mean"; }

  Result<> run() const override {
    outer_.run([this](const auto& offset, const Nest<2>::Loop& loop) {
      for (std::int64_t i = 0; i < loop.extent; ++i)
        to_[offset[0] + i * loop.stride[0]] =
            static_cast<float>(sum(from_ + offset[1] + i * loop.stride[1]) * share_);
    });
    return {};
  }

 private:
  double sum(const float* from) const {
    double total = 0;
    inner_.run([&](const auto& offset, const Nest<1>::Loop& loop) {
      for (std::int64_t i = 0; i < loop.extent; ++i) total += from[offset[0] + i * loop.stride[0]];
    });
    return total;
  }

  Nest<2> outer_;
  Nest<1> inner_;
  float* to_;
  const float* from_;
  double share_;
};

class SoftmaxTask : public Task {
 public:
  SoftmaxTask(const Nest<2>& outer, std::int64_t extent, std::int64_t stride, float* to, const float* from)
      : outer_(outer), extent_(extent), stride_(stride), to_(to), from_(from) {}
  std::string name() const override { return "softmax"; }

  Result<> run() const override {
    outer_.run([this](const auto& offset, const Nest<2>::Loop& loop) {
      for (std::int64_t i = 0; i < loop.extent; ++i)
        row(to_ + offset[0] + i * loop.stride[0], from_ + offset[1] + i * loop.stride[1]);
    });
    return {};
  }

 private:
  void row(float* to, const float* from) const {
    float largest = from[0], sum = 0;
    for (std::int64_t i = 1; i < extent_; ++i) largest = std::max(largest, from[i * stride_]);
    for (std::int64_t i = 0; i < extent_; ++i) sum += to[i * stride_] = std::exp(from[i * stride_] - largest);
    for (std::int64_t i = 0; i < extent_; ++i) to[i * stride_] /= sum;
  }

  Nest<2> outer_;
  std::int64_t extent_, stride_;
  float* to_;
  const float* from_;
};

}  // namespace

std::unique_ptr<Task> kernel_task(onednn::Kernel kernel) {
  return std::make_unique<KernelTask>(std::move(kernel));
}

std::unique_ptr<Task> copy_task(const Nest<2>& nest, float* to, const float* from) {
  return std::make_unique<CopyTask>(nest, to, from);
}

std::unique_ptr<Task> arithmetic_task(Arithmetic op, const Nest<3>& nest, float* to, const float* a,
                                      const float* b) {
  switch (op) {
    case Arithmetic::add:
      return std::make_unique<ArithmeticTask<AddOp>>(nest, to, a, b);
    case Arithmetic::sub:
      return std::make_unique<ArithmeticTask<SubOp>>(nest, to, a, b);
    case Arithmetic::mul:
      return std::make_unique<ArithmeticTask<MulOp>>(nest, to, a, b);
    case Arithmetic::div:
      return std::make_unique<ArithmeticTask<DivOp>>(nest, to, a, b);
    case Arithmetic::prelu:
      break;
  }
  return std::make_unique<ArithmeticTask<PreluOp>>(nest, to, a, b);
}

std::unique_ptr<Task> index_task(IndexCopy copy, float* to, const float* from) {
  return std::make_unique<IndexTask>(std::move(copy), to, from);
}
std::unique_ptr<Task> mean_task(const Nest<2>& outer, const Nest<1>& inner, float* to, const float* from) {
  return std::make_unique<MeanTask>(outer, inner, to, from);
}
std::unique_ptr<Task> softmax_task(const Nest<2>& outer, std::int64_t extent, std::int64_t stride, float* to,
                                   const float* from) {
  return std::make_unique<SoftmaxTask>(outer, extent, stride, to, from);
}

}  // namespace lc::nn
