// What an element adds to the latency of a live pipeline: the time that it takes for a frame, measured.
#pragma once

#include <gst/gst.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lc::elements {

// Thread: streaming thread only.
class LatencyMeter {
 public:
  //   announced  before anything was measured
  explicit LatencyMeter(GstClockTime announced = 0) : announced_(announced) {}

  // Returns what to announce when that has changed: a quarter above the third longest of the last frames, in
  // whole milliseconds. Goes up at once, and down only when a quarter would do: each change makes a pipeline
  // readjust.
  std::optional<GstClockTime> add(GstClockTime took) {
    times_[count_++ % kFrames] = took;
    if (count_ < kRank) return std::nullopt;
    auto sorted = times_;
    const auto used = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(count_, kFrames));
    std::nth_element(sorted.begin(), sorted.begin() + (kRank - 1), used, std::greater<>());
    const GstClockTime typical = sorted[kRank - 1];
    if (typical <= announced_ && !(count_ >= kFrames && typical < announced_ / 4)) return std::nullopt;
    announced_ = (typical + typical / 4) / GST_MSECOND * GST_MSECOND + GST_MSECOND;
    return announced_;
  }

 private:
  static constexpr std::size_t kFrames = 64;
  static constexpr std::size_t kRank = 3;  // two hiccups do not count
  std::array<GstClockTime, kFrames> times_{};
  std::size_t count_ = 0;
  GstClockTime announced_;
};

}  // namespace lc::elements
