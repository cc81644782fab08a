// Which quality a frame gets, so that a stream keeps to a bit rate and frames to a size.
//
//   bit rate        the mean over ten seconds; in no second more than kPeak times as much
//   frame size      no frame is larger
//
// Coding a frame again at another quality costs no network, so nothing is guessed twice: a frame that does not fit is
// coded again, coarser, and one that does not fit at quality 0 is skipped. A key frame that no second could ever hold
// is sent all the same, since nothing can be seen without one; `is_out_of_reach()` tells.
//
// Integers and doubles, no clock: the same frames at the same times give the same qualities. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lc::codec {

struct RateLimits {
  double bits_per_second = 0;       // 0: quality is constant
  std::size_t max_frame_bytes = 0;  // 0: any
  bool operator==(const RateLimits&) const = default;
};

class RateControl {
 public:
  static constexpr double kPeak = 1.5;
  static constexpr int kMaxTries = 8;  // of one frame

  //   quality    of all frames that no limit forbids, where there is no bit rate; the first guess where there is
  //   qualities  there are 0..qualities - 1
  RateControl(const RateLimits& limits, int quality, int qualities);

  // From the next frame on. A new bit rate begins to count then.
  void set_limits(const RateLimits& limits);
  void set_quality(int quality);

  // A frame of this time comes; times ascend (a step back or a gap counts as one mean frame). The quality to try first.
  int begin(std::uint64_t time_ns, bool is_key);

  enum class Verdict { send, again, skip };
  struct Judgement {
    Verdict verdict;
    int quality;  // for `again`
  };
  // Whether so much may be sent now.
  bool has_room(std::size_t bytes) const { return 8.0 * static_cast<double>(bytes) <= room(); }
  // After coding it.
  Judgement judge(bool is_key, int quality, std::size_t bytes);
  // What came of it; 0 bytes: skipped.
  void end(bool is_key, int quality, std::size_t bytes);

  // True once a key frame had to be sent that is larger than a second may be, or skipped for its size.
  bool is_out_of_reach() const { return is_out_of_reach_; }

 private:
  double room() const;  // bits that this frame may take
  double key_share() const;
  void forget_before(std::uint64_t time_ns);
  int clamped(double quality) const;

  RateLimits limits_;
  int top_;
  double quality_;  // of the next ordinary frame, with a fraction
  std::uint64_t time_ns_ = 0;
  double interval_s_ = 0;  // of late; 0: unknown yet
  double owed_ = 0;        // bits: what the rate has granted since the start, less what was sent
  double mean_bits_ = 0;   // of ordinary frames of late
  int tries_ = 0;
  bool has_begun_ = false, has_bits_ = false, is_out_of_reach_ = false;

  struct Sent {
    std::uint64_t time_ns;
    double bits;
  };
  // The frames of the last second, a ring. More than fit in it count as one with the newest.
  std::array<Sent, 512> recent_{};
  std::size_t first_ = 0, count_ = 0;
  double recent_bits_ = 0;
};

}  // namespace lc::codec
