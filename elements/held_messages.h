// Messages that came before their key: kept for a moment, in order, within limits that nobody can push.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "elements/glue/raii.h"

namespace lc::elements {

class HeldMessages {
 public:
  static constexpr std::size_t kMaxMessages = 64;
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
  static constexpr GstClockTime kMaxAge = 2 * GST_SECOND;

  // Each of these says how many messages were dropped to keep the limits.
  std::size_t hold(Ptr<GstBuffer> message, GstClockTime now) {
    std::size_t dropped = expire(now);
    const std::size_t size = gst_buffer_get_size(message.get());
    if (size > kMaxBytes) return dropped + 1;
    while (held_.size() >= kMaxMessages || bytes_ + size > kMaxBytes) dropped += drop_oldest();
    bytes_ += size;
    held_.emplace_back(now, std::move(message));
    return dropped;
  }
  std::size_t expire(GstClockTime now) {
    std::size_t dropped = 0;
    while (!held_.empty() && now > held_.front().first + kMaxAge) dropped += drop_oldest();
    return dropped;
  }
  std::size_t clear() {
    const std::size_t dropped = held_.size();
    held_.clear();
    bytes_ = 0;
    return dropped;
  }

  // All of them, oldest first; holds none afterwards.
  std::deque<std::pair<GstClockTime, Ptr<GstBuffer>>> take() {
    bytes_ = 0;
    return std::exchange(held_, {});
  }
  bool empty() const { return held_.empty(); }

 private:
  std::size_t drop_oldest() {
    bytes_ -= gst_buffer_get_size(held_.front().second.get());
    held_.pop_front();
    return 1;
  }

  std::deque<std::pair<GstClockTime, Ptr<GstBuffer>>> held_;  // with the time of arrival
  std::size_t bytes_ = 0;
};

}  // namespace lc::elements
