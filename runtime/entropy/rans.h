// rANS: range asymmetric numeral systems with 32-bit states, 16-bit words and 12-bit probabilities.
//
// Four surprises:
//   1. the encoder works last to first, so that the decoder can read first to last: it remembers all
//      intervals, and finish() codes them;
//   2. symbols take turns between 1, 2 or 4 independent states ("lanes"): symbol i belongs to lane i mod
//      lanes, and all lanes share one sequence of words. More lanes decode faster, each costs 4 bytes;
//   3. after the last symbol each state must equal kStateMin and every byte must be used. If not, the bytes
//      or the tables were not the encoder's: treat them as corrupt;
//   4. the decoder never reads past its bytes. Where words are missing it reads zeros, and ended_well()
//      says so.
//
// Layout: the final states, u32 little-endian, lane 0 first; then words, u16 little-endian.
//   source  J. Duda, arXiv:1311.2540
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "entropy/cdf.h"

namespace lc::entropy {

// States live in [2^16, 2^32): one 16-bit word brings any state back after any symbol of at most 2^12.
inline constexpr std::uint32_t kStateMin = std::uint32_t{1} << 16;
inline constexpr int kMaxLanes = 4;

class RansEncoder {
 public:
  void clear() { intervals_.clear(); }
  std::size_t symbols() const { return intervals_.size(); }

  void put(Interval interval) { intervals_.push_back(interval); }
  // `count` plain bits, 1..12, most significant first; value < 2^count.
  void put_bits(std::uint32_t value, int count) {
    const auto frequency = static_cast<std::uint16_t>(kProbabilityOne >> count);
    put({static_cast<std::uint16_t>(value * frequency), frequency});
  }

  // Codes what was put since clear() and appends it to `out`. Allocates only while its buffers still grow.
  //   lanes  1, 2 or 4
  void finish(int lanes, Bytes& out);

 private:
  std::vector<Interval> intervals_;
  std::vector<std::uint16_t> words_;  // in the order of coding, that is, backwards
};

class RansDecoder {
 public:
  //   bytes   must outlive the decoder
  //   errors  truncated: fewer bytes than the states need; corrupt: a state below kStateMin
  static Result<RansDecoder> create(ByteSpan bytes, int lanes);

  // The low 12 bits of the state whose turn it is: they fall into the next symbol's interval.
  std::uint32_t slot() const { return state_[turn_] & (kProbabilityOne - 1); }

  // Ends the turn; `interval` contains slot().
  void advance(Interval interval) {
    std::uint32_t x = state_[turn_];
    x = interval.frequency * (x >> kProbabilityBits) + (x & (kProbabilityOne - 1)) - interval.start;
    if (x < kStateMin) x = (x << 16) | next_word();
    state_[turn_] = x;
    turn_ = (turn_ + 1) & mask_;
  }

  int take(const CdfTables& tables, int table) {
    const int symbol = tables.find(table, slot());
    advance(tables.interval(table, symbol));
    return symbol;
  }

  // A binary symbol: true when the slot is at or above `zero` (1..4095 of 4096).
  bool take_flag(std::uint32_t zero) {
    const bool set = slot() >= zero;
    const std::uint32_t start = set ? zero : 0;
    const std::uint32_t end = set ? kProbabilityOne : zero;
    advance({static_cast<std::uint16_t>(start), static_cast<std::uint16_t>(end - start)});
    return set;
  }

  std::uint32_t take_bits(int count) {
    const int shift = kProbabilityBits - count;
    const std::uint32_t value = slot() >> shift;
    advance({static_cast<std::uint16_t>(value << shift), static_cast<std::uint16_t>(1u << shift)});
    return value;
  }

  // True while every word so far was there. Bounds the work on truncated bytes when it is asked now and then.
  bool has_words() const { return !starved_; }

  // After the last symbol.
  //   errors  truncated: words were missing; corrupt: a wrong final state, or bytes left over
  Result<> ended_well() const;

 private:
  std::uint32_t next_word() {
    if (end_ - at_ < 2) {
      starved_ = true;
      return 0;
    }
    const auto word = std::to_integer<std::uint32_t>(at_[0]) | std::to_integer<std::uint32_t>(at_[1]) << 8;
    at_ += 2;
    return word;
  }

  std::array<std::uint32_t, kMaxLanes> state_{};
  std::uint32_t turn_ = 0;
  std::uint32_t mask_ = 0;
  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
  bool starved_ = false;
};

}  // namespace lc::entropy
