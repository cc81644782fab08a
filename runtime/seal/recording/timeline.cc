#include "seal/recording/timeline.h"

#include <algorithm>
#include <cstring>

namespace lc::recording {

Sender sender_of(const seal::WireHeader& header) {
  Sender out;
  std::memcpy(out.data(), header.device.data(), header.device.size());
  out[8] = static_cast<std::byte>(header.stream >> 8);
  out[9] = static_cast<std::byte>(header.stream);
  return out;
}

std::uint64_t Timeline::place(const seal::WireHeader& header) {
  if (header.type != seal::MessageType::frame) return latest_;
  const Sender sender = sender_of(header);
  const auto known = std::find_if(senders_.begin(), senders_.end(), [&](const Known& k) { return k.sender == sender; });
  if (known == senders_.end() || known->session != header.session) return note(header, end_);
  const bool is_later = header.capture_ns >= known->capture_ns;
  const std::uint64_t step = is_later ? header.capture_ns - known->capture_ns : known->capture_ns - header.capture_ns;
  if (step > (is_later ? kLongestPauseNs : kLatestNs)) return note(header, end_);
  if (is_later) return note(header, known->position + step);
  return known->position - std::min(step, known->position);  // it came late: nothing follows from it
}

void Timeline::jump(const seal::WireHeader& frame, std::uint64_t position) {
  senders_.clear();
  latest_ = 0;
  note(frame, position);
}

std::uint64_t Timeline::note(const seal::WireHeader& frame, std::uint64_t position) {
  const Sender sender = sender_of(frame);
  const auto same = std::find_if(senders_.begin(), senders_.end(), [&](const Known& k) { return k.sender == sender; });
  if (same != senders_.end()) senders_.erase(same);
  if (senders_.size() == kMaxSenders) senders_.erase(senders_.begin());
  senders_.push_back({sender, frame.session, frame.capture_ns, position});  // the latest stand last
  latest_ = std::max(latest_, position);
  end_ = latest_ + kStepNs;
  return position;
}

}  // namespace lc::recording
