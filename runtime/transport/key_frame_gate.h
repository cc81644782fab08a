// Many wishes for a key frame become few: at once after a quiet time, else when the gap is over. None is
// lost.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "transport/bounds.h"

namespace lc::transport {

class KeyFrameGate {
 public:
  using Clock = std::chrono::steady_clock;

  void want(Clock::time_point now) {
    if (!due_) due_ = last_ ? std::max(now, *last_ + kKeyFrameGap) : now;
  }
  std::optional<Clock::time_point> due() const { return due_; }

  // True once for the wishes so far, when the time has come.
  bool take(Clock::time_point now) {
    if (!due_ || now < *due_) return false;
    due_.reset();
    last_ = now;
    return true;
  }

 private:
  std::optional<Clock::time_point> due_, last_;
};

}  // namespace lc::transport
