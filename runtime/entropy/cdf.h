// Static probability tables with 12-bit frequencies, and the search for the symbol that owns a slot.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace lc::entropy {

inline constexpr int kProbabilityBits = 12;
inline constexpr std::uint32_t kProbabilityOne = 1u << kProbabilityBits;

// A symbol's part of the 4096 slots.
struct Interval {
  std::uint16_t start;      // 0..4095
  std::uint16_t frequency;  // 1..4096
};

// Some tables over the same alphabet 0..symbols-1.
class CdfTables {
 public:
  static constexpr int kMaxSymbols = 64;
  static constexpr int kMaxTables = 64;

  CdfTables() = default;

  //   frequencies  [tables][symbols], each at least 1, each row's sum 4096
  //   symbols      2..64; 1..64 tables
  //   errors       corrupt, naming table and symbol
  static Result<CdfTables> create(std::span<const std::uint16_t> frequencies, int symbols);

  int tables() const { return tables_; }
  int symbols() const { return symbols_; }

  Interval interval(int table, int symbol) const {
    return intervals_[static_cast<std::size_t>(table * symbols_ + symbol)];
  }

  // The symbol whose interval holds `slot`, 0..4095.
  int find(int table, std::uint32_t slot) const {
    int symbol = first_[static_cast<std::size_t>(table) * kBuckets + (slot >> kBucketShift)];
    const Interval* row = &intervals_[static_cast<std::size_t>(table * symbols_)];
    while (slot >= std::uint32_t{row[symbol].start} + row[symbol].frequency) ++symbol;
    return symbol;
  }

 private:
  static constexpr int kBucketShift = 3;  // few buckets hold an edge, so the search hardly ever takes a step
  static constexpr std::size_t kBuckets = kProbabilityOne >> kBucketShift;

  int tables_ = 0;
  int symbols_ = 0;
  std::vector<Interval> intervals_;
  std::vector<std::uint8_t> first_;  // [tables][512]: the symbol that holds the first slot of each 8
};

}  // namespace lc::entropy
