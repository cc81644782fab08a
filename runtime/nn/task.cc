#include "nn/task.h"

#include <algorithm>
#include <cstring>

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

class IndexTask : public Task {
 public:
  IndexTask(IndexCopy copy, float* to, const float* from) : copy_(std::move(copy)), to_(to), from_(from) {
    const auto& last = copy_.offset.back();
    dense_ = true;
    for (std::size_t i = 0; i < last.size(); ++i)
      dense_ = dense_ && last[0] >= 0 && last[i] == last[0] + static_cast<std::int64_t>(i);
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
      std::memcpy(to, from + offsets[0], offsets.size() * sizeof(float));
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

class ResizeTask : public Task {
 public:
  ResizeTask(std::vector<LinearPass> passes, float* to, const float* from)
      : passes_(std::move(passes)), to_(to), from_(from) {}
  std::string name() const override { return "linear resize"; }
  std::size_t scratch_bytes() const override {
    if (passes_.size() == 1) return 0;
    const LinearPass& first = passes_[0];
    return static_cast<std::size_t>(first.outer * first.inner) * first.axis.low.size() * sizeof(float);
  }
  void bind_scratch(void* scratch) override { between_ = static_cast<float*>(scratch); }

  Result<> run() const override {
    if (passes_.size() == 1) {
      walk(passes_[0], to_, from_);
    } else {
      walk(passes_[0], between_, from_);
      walk(passes_[1], to_, between_);
    }
    return {};
  }

 private:
  static void walk(const LinearPass& pass, float* to, const float* from) {
    const std::int64_t inner = pass.inner;
    for (std::int64_t outer = 0; outer < pass.outer; ++outer, from += pass.extent * inner)
      for (std::size_t i = 0; i < pass.axis.low.size(); ++i, to += inner) {
        const float *low = from + pass.axis.low[i] * inner, *high = from + pass.axis.high[i] * inner;
        const float b = pass.axis.weight[i], a = 1 - b;
        for (std::int64_t k = 0; k < inner; ++k) to[k] = a * low[k] + b * high[k];
      }
  }

  std::vector<LinearPass> passes_;
  float* to_;
  const float* from_;
  float* between_ = nullptr;
};

}  // namespace

std::unique_ptr<Task> kernel_task(onednn::Kernel kernel) {
  return std::make_unique<KernelTask>(std::move(kernel));
}

std::unique_ptr<Task> copy_task(const Nest<2>& nest, float* to, const float* from) {
  return std::make_unique<CopyTask>(nest, to, from);
}

std::unique_ptr<Task> index_task(IndexCopy copy, float* to, const float* from) {
  return std::make_unique<IndexTask>(std::move(copy), to, from);
}
std::unique_ptr<Task> resize_task(std::vector<LinearPass> passes, float* to, const float* from) {
  return std::make_unique<ResizeTask>(std::move(passes), to, from);
}

}  // namespace lc::nn
