// What one core can do when nothing leaves its registers: the limit that networks are held against.
//
// Loops of independent multiply-adds on 24 accumulators (12 with AVX2), no loads, no stores. A multiply-add counts
// as two operations, as everywhere in `latentcast bench`.
#pragma once

#include <string>
#include <vector>

#include "cli/spread.h"
#include "nn/plan.h"

namespace lc::cli {

struct PeakKernel {
  nn::Precision precision;
  const char* instruction;   // "vfmadd231ps, 512 bits"
  double operations;         // of one round
  void (*run)(long rounds);  // on the calling thread
};
// The best kernel of a precision that this processor has; none: nullptr.
const PeakKernel* peak_kernel(nn::Precision precision);

// Measured in turn with the rest of a run.
class RegisterPeak {
 public:
  explicit RegisterPeak(nn::Precision precision) : precision_(precision), kernel_(peak_kernel(precision)) {}

  // About a millisecond of the calling thread's processor time.
  void measure();
  nn::Precision precision() const { return precision_; }
  const char* instruction() const { return kernel_ ? kernel_->instruction : "none"; }
  // Median, in thousand million operations a second; 0 where there is no such instruction.
  double giga_a_second() const { return giga_.median(); }

 private:
  nn::Precision precision_;
  const PeakKernel* kernel_;
  long rounds_ = 1000;
  Spread giga_;
};

}  // namespace lc::cli
