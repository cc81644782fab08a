#include "seal/replay_window.h"

#include <algorithm>

namespace lc::seal {

ReplayWindow::Answer ReplayWindow::check(std::uint64_t counter) const {
  if (empty() || counter > highest_) return Answer::fresh;
  if (highest_ - counter >= kWidth) return Answer::too_old;
  const bool seen = (bits_[counter / 64 % kWords] >> (counter % 64) & 1) != 0;
  return seen ? Answer::replayed : Answer::fresh;
}

void ReplayWindow::commit(std::uint64_t counter) {
  if (empty()) {
    lowest_ = highest_ = counter;
  } else if (counter > highest_) {
    const std::uint64_t steps = std::min<std::uint64_t>(counter / 64 - highest_ / 64, kWords);
    for (std::uint64_t i = 1; i <= steps; ++i) bits_[(highest_ / 64 + i) % kWords] = 0;
    highest_ = counter;
  }
  lowest_ = std::min(lowest_, counter);
  bits_[counter / 64 % kWords] |= std::uint64_t{1} << (counter % 64);
  ++accepted_;
}

}  // namespace lc::seal
