#include <algorithm>
#include <cmath>

#include "nn/task.h"

namespace lc::nn {
namespace {

template <class F>
class ArithmeticTask : public Task {
 public:
  ArithmeticTask(const Nest<3>& nest, float* to, const float* a, const float* b) : nest_(nest), to_(to), a_(a), b_(b) {}
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
struct PowOp {
  static constexpr const char* kName = "power";
  static float compute(float a, float b) { return std::pow(a, b); }
};
struct MinOp {
  static constexpr const char* kName = "minimum";
  static float compute(float a, float b) { return std::min(a, b); }
};
struct MaxOp {
  static constexpr const char* kName = "maximum";
  static float compute(float a, float b) { return std::max(a, b); }
};
struct PreluOp {
  static constexpr const char* kName = "prelu";
  static float compute(float a, float b) { return a < 0 ? a * b : a; }
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
        to_[offset[0] + i * loop.stride[0]] = static_cast<float>(sum(from_ + offset[1] + i * loop.stride[1]) * share_);
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
  SoftmaxTask(const Nest<2>& outer, std::int64_t extent, std::int64_t stride, bool log, float* to, const float* from)
      : outer_(outer), extent_(extent), stride_(stride), log_(log), to_(to), from_(from) {}
  std::string name() const override { return log_ ? "log of softmax" : "softmax"; }

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
    if (log_) {
      const float log = std::log(sum);
      for (std::int64_t i = 0; i < extent_; ++i) to[i * stride_] = from[i * stride_] - largest - log;
    } else {
      for (std::int64_t i = 0; i < extent_; ++i) to[i * stride_] /= sum;
    }
  }

  Nest<2> outer_;
  std::int64_t extent_, stride_;
  bool log_;
  float* to_;
  const float* from_;
};

class QuantizeTask : public Task {
 public:
  QuantizeTask(const Nest<3>& nest, const Quantize& q, float* to, const float* from)
      : nest_(nest), q_(q), to_(to), from_(from) {}
  std::string name() const override { return "quantise"; }

  Result<> run() const override {
    nest_.run([this](const auto& offset, const Nest<3>::Loop& loop) {
      float* to = to_ + offset[0];
      const float *from = from_ + offset[1], *scale = q_.scale + offset[2], *zero = q_.zero + offset[2];
      for (std::int64_t i = 0; i < loop.extent; ++i) {
        const std::int64_t p = i * loop.stride[2];
        to[i * loop.stride[0]] = whole(from[i * loop.stride[1]] / scale[p], zero[p]);
      }
    });
    return {};
  }

 private:
  // Both ends are whole numbers, so that it may be saturated before it is rounded; what is left is so small that
  // adding and taking away 1.5 * 2^23 leaves whole numbers, halves to even.
  float whole(float x, float zero) const {
    constexpr float kWhole = 12582912;
    const float inside = std::min(std::max(x, q_.low - zero), q_.high - zero);
    return (inside + kWhole) - kWhole + zero;
  }

  Nest<3> nest_;
  Quantize q_;
  float* to_;
  const float* from_;
};

}  // namespace

std::unique_ptr<Task> arithmetic_task(Arithmetic op, const Nest<3>& nest, float* to, const float* a, const float* b) {
  const auto make = [&]<class F>(F) -> std::unique_ptr<Task> {
    return std::make_unique<ArithmeticTask<F>>(nest, to, a, b);
  };
  switch (op) {
    case Arithmetic::add:
      return make(AddOp{});
    case Arithmetic::sub:
      return make(SubOp{});
    case Arithmetic::mul:
      return make(MulOp{});
    case Arithmetic::div:
      return make(DivOp{});
    case Arithmetic::pow:
      return make(PowOp{});
    case Arithmetic::min:
      return make(MinOp{});
    case Arithmetic::max:
      return make(MaxOp{});
    case Arithmetic::prelu:
      break;
  }
  return make(PreluOp{});
}

std::unique_ptr<Task> mean_task(const Nest<2>& outer, const Nest<1>& inner, float* to, const float* from) {
  return std::make_unique<MeanTask>(outer, inner, to, from);
}

std::unique_ptr<Task> softmax_task(const Nest<2>& outer, std::int64_t extent, std::int64_t stride, bool log, float* to,
                                   const float* from) {
  return std::make_unique<SoftmaxTask>(outer, extent, stride, log, to, from);
}

std::unique_ptr<Task> quantize_task(const Nest<3>& nest, const Quantize& q, float* to, const float* from) {
  return std::make_unique<QuantizeTask>(nest, q, to, from);
}

}  // namespace lc::nn
