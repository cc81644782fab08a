#include "codec/rate_control.h"

#include <algorithm>
#include <cmath>

namespace lc::codec {
namespace {

constexpr double kSecond = 1e9;
constexpr double kHorizon = 1.0;                         // seconds over which a debt is paid back
constexpr double kLargestDebt = 1.0;                     // seconds of the rate; what goes beyond is forgotten
constexpr double kKeyShare = 0.4;                        // of what a second grants, for one key frame
constexpr double kLevelsADoubling = 12;                  // of frames' bits; lc5 has 10 to 17, by content
constexpr double kMemory = 0.15;                         // weight of the newest frame in means
constexpr double kFill = 0.92;                           // of the room is aimed at when a frame is coded again
constexpr double kFastestFall = 120, kFastestRise = 25;  // levels a second

}  // namespace

RateControl::RateControl(const RateLimits& limits, int quality, int qualities)
    : limits_(limits), top_(qualities - 1), quality_(quality) {}

void RateControl::set_limits(const RateLimits& limits) {
  if (limits.bits_per_second != limits_.bits_per_second) {
    owed_ = recent_bits_ = 0;
    count_ = 0;
  }
  limits_ = limits;
  is_out_of_reach_ = false;
}

void RateControl::set_quality(int quality) { quality_ = quality; }

int RateControl::clamped(double quality) const {
  return static_cast<int>(std::clamp(std::round(quality), 0.0, static_cast<double>(top_)));
}

void RateControl::forget_before(std::uint64_t time_ns) {
  while (count_ > 0 && recent_[first_].time_ns < time_ns) {
    recent_bits_ -= recent_[first_].bits;
    first_ = (first_ + 1) % recent_.size();
    --count_;
  }
  if (count_ == 0) recent_bits_ = 0;
}

double RateControl::room() const {
  double room = limits_.max_frame_bytes > 0 ? 8.0 * static_cast<double>(limits_.max_frame_bytes) : HUGE_VAL;
  if (limits_.bits_per_second > 0) room = std::min(room, kPeak * limits_.bits_per_second - recent_bits_);
  return room;
}

double RateControl::key_share() const {
  return limits_.bits_per_second > 0 ? std::min(room(), kKeyShare * limits_.bits_per_second) : room();
}

int RateControl::begin(std::uint64_t time_ns, bool is_key) {
  const double since = (static_cast<double>(time_ns) - static_cast<double>(time_ns_)) / kSecond;
  const bool is_usual = has_begun_ && since > 0 && since < 1;
  if (is_usual) interval_s_ = interval_s_ > 0 ? interval_s_ + kMemory * (since - interval_s_) : since;
  if (has_begun_ && !is_usual && time_ns < time_ns_) {  // times began anew: so does the second
    count_ = 0;
    recent_bits_ = 0;
  }
  const double rate = limits_.bits_per_second;
  owed_ = std::clamp(owed_ + rate * (is_usual ? since : interval_s_), -kLargestDebt * rate, kLargestDebt * rate);
  time_ns_ = time_ns;
  has_begun_ = true;
  tries_ = 0;
  if (time_ns >= static_cast<std::uint64_t>(kSecond)) forget_before(time_ns - static_cast<std::uint64_t>(kSecond) + 1);
  if (rate > 0 && has_bits_ && !is_key && interval_s_ > 0) {
    const double wanted = std::max(0.1 * rate * interval_s_, interval_s_ * (rate + owed_ / kHorizon));
    const double step = kLevelsADoubling * std::log2(wanted / std::max(mean_bits_, 1.0));
    // Half a step of dead band: a quality that moves to and fro costs bits.
    if (std::fabs(step) > 0.5)
      quality_ += std::clamp(0.25 * step, -kFastestFall * interval_s_, kFastestRise * interval_s_);
    quality_ = std::clamp(quality_, 0.0, static_cast<double>(top_));
  }
  return clamped(quality_);
}

RateControl::Judgement RateControl::judge(bool is_key, int quality, std::size_t bytes) {
  const double bits = 8.0 * static_cast<double>(bytes);
  const double limit = is_key ? std::max(key_share(), 0.0) : room();
  if (bits <= limit) {
    // The very first frame of a stream with a bit rate has nothing to go by: look for a quality that uses its share.
    const bool is_poor = is_key && !has_bits_ && limits_.bits_per_second > 0 && quality < top_ && bits < 0.5 * limit;
    if (!is_poor || ++tries_ >= kMaxTries / 2) return {Verdict::send, quality};
    const double more = kLevelsADoubling * std::log2(kFill * limit / std::max(bits, 1.0));
    return {Verdict::again, clamped(std::min(quality + std::max(1.0, 0.6 * more), static_cast<double>(top_)))};
  }
  if (quality > 0 && ++tries_ < kMaxTries) {
    const double less = limit > 0 ? kLevelsADoubling * std::log2(bits / (kFill * limit)) : top_;
    const double next = quality - std::max(1.0, less);
    // The last try is at the bottom.
    return {Verdict::again, tries_ == kMaxTries - 1 ? 0 : clamped(next)};
  }
  if (bits <= room()) return {Verdict::send, quality};
  if (!is_key) return {Verdict::skip, quality};
  const bool fits_size = limits_.max_frame_bytes == 0 || bytes <= limits_.max_frame_bytes;
  const bool fits_a_second = limits_.bits_per_second <= 0 || bits <= kPeak * limits_.bits_per_second;
  if (!fits_size || !fits_a_second) is_out_of_reach_ = true;
  return {fits_size && !fits_a_second ? Verdict::send : Verdict::skip, quality};
}

void RateControl::end(bool is_key, int quality, std::size_t bytes) {
  const double bits = 8.0 * static_cast<double>(bytes);
  owed_ -= bits;
  if (bytes == 0) return;
  if (count_ == recent_.size()) {
    recent_[(first_ + count_ - 1) % recent_.size()].bits += bits;
  } else {
    recent_[(first_ + count_) % recent_.size()] = {time_ns_, bits};
    ++count_;
  }
  recent_bits_ += bits;
  if (limits_.bits_per_second <= 0) return;
  if (is_key) {
    // Ordinary frames go on from where the key frame came out, or from where they were if that was better.
    if (!has_bits_) quality_ = quality;
    if (!has_bits_) mean_bits_ = interval_s_ > 0 ? limits_.bits_per_second * interval_s_ : bits / 10;
  } else {
    if (quality < clamped(quality_)) quality_ = 0.5 * (quality_ + quality);  // it had to be coded again
    mean_bits_ += kMemory * (bits - mean_bits_);
  }
  has_bits_ = true;
}

}  // namespace lc::codec
