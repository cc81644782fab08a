// class(x): how many thresholds are at or below x. FORMAT.md, "Classes".
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace lc::codec {

inline constexpr std::int32_t kMaxExpectation = (1 << 24) - 1;

class MagnitudeClasses {
 public:
  MagnitudeClasses() = default;

  //   thresholds  ascending, 0..2^24
  explicit MagnitudeClasses(std::span<const std::int32_t> thresholds);

  int count() const { return static_cast<int>(limits_.size()); }  // thresholds + 1

  // x in 0..2^27. The octave and the next five bits of x give a class that is at or below the right one, and hardly
  // ever below: guessing that wrong is what costs time.
  int of(std::int32_t x) const {
    int found = first_[key(x)];
    while (x >= limits_[static_cast<std::size_t>(found)]) ++found;
    return found;
  }

 private:
  static constexpr int kBits = 5, kParts = 1 << kBits;  // of an octave
  static constexpr std::size_t kKeys = kParts * (28 - kBits + 1);

  static std::size_t key(std::int32_t x) {
    if (x < kParts) return static_cast<std::size_t>(x);
    const int octave = std::bit_width(static_cast<std::uint32_t>(x)) - kBits - 1;
    return static_cast<std::size_t>(octave * kParts + (x >> octave));  // x >> octave is kParts..2 kParts - 1
  }

  std::vector<std::int32_t> limits_;  // thresholds, then a value that no x reaches
  std::vector<std::uint8_t> first_;   // class of the smallest x of each key
};

}  // namespace lc::codec
