// Where a message stands in a recording: ns from its start. Rules: FORMAT.md, section 3.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "seal/wire_header.h"

namespace lc::recording {

// Device and stream of a message, as in its header.
using Sender = std::array<std::byte, 10>;
Sender sender_of(const seal::WireHeader& header);

class Timeline {
 public:
  static constexpr std::uint64_t kStepNs = 40'000'000;     // to a frame whose capture time says nothing
  static constexpr std::uint64_t kLatestNs = 500'000'000;  // what is older than that came not late: a clock was set
  static constexpr std::uint64_t kLongestPauseNs = 10'000'000'000;  // longer ones are left out

  // `start`: where the first frame stands.
  explicit Timeline(std::uint64_t start = 0) : end_(start) {}

  // The position of the next message in the file.
  //   cost  the number of senders, at most kMaxSenders; allocates for a new one
  std::uint64_t place(const seal::WireHeader& header);

  // After a jump in the file: `frame` is the next one and stands at `position`.
  void jump(const seal::WireHeader& frame, std::uint64_t position);

  // A section begins: what was known of the senders no longer holds.
  void begin_section() { senders_.clear(); }

  // Of the latest frame; the start before there was one.
  std::uint64_t position() const { return latest_; }
  // Where a section after this one begins.
  std::uint64_t end() const { return end_; }

 private:
  static constexpr std::size_t kMaxSenders = 64;  // anybody on the network can seem to be another one
  struct Known {
    Sender sender;
    seal::SessionId session;
    std::uint64_t capture_ns, position;  // of its latest frame
  };
  std::uint64_t note(const seal::WireHeader& frame, std::uint64_t position);

  std::vector<Known> senders_;
  std::uint64_t latest_ = 0, end_;
};

}  // namespace lc::recording
