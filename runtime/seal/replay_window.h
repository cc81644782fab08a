// The counters already accepted in one session.
//
// The order of calls is the security property: check() first, open the message, and commit() only if the tag
// was good. Committing before would let a stranger move the window.
//   source  RFC 6479, with 64-bit counters that never wrap
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lc::seal {

class ReplayWindow {
 public:
  // In messages: 68 s at 30 frames a second.
  static constexpr std::uint64_t kWidth = 2048;

  enum class Answer : std::uint8_t { fresh, replayed, too_old };
  Answer check(std::uint64_t counter) const;
  void commit(std::uint64_t counter);

  bool empty() const { return accepted_ == 0; }
  std::uint64_t highest() const { return highest_; }    // accepted so far; 0 when empty
  std::uint64_t accepted() const { return accepted_; }  // how many
  // Counters between the first accepted and the highest that did not arrive, up to now.
  std::uint64_t missing() const { return empty() ? 0 : highest_ - lowest_ + 1 - accepted_; }

 private:
  // Twice the width, so that a word that is cleared for new counters holds none that are still in the window.
  static constexpr std::size_t kWords = 2 * kWidth / 64;

  std::array<std::uint64_t, kWords> bits_{};
  std::uint64_t highest_ = 0;
  std::uint64_t lowest_ = 0;
  std::uint64_t accepted_ = 0;
};

}  // namespace lc::seal
