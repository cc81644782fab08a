#include "entropy/rans.h"

#include <algorithm>

namespace lc::entropy {

void RansEncoder::finish(int lanes, Bytes& out) {
  LC_EXPECT(lanes == 1 || lanes == 2 || lanes == 4, "rANS has 1, 2 or 4 lanes");
  std::array<std::uint32_t, kMaxLanes> state;
  state.fill(kStateMin);
  words_.clear();
  const auto mask = static_cast<std::size_t>(lanes) - 1;
  for (std::size_t i = intervals_.size(); i-- > 0;) {
    const Interval interval = intervals_[i];
    std::uint32_t x = state[i & mask];
    // 64 bits, because frequency 4096 (a certain symbol) makes the bound 2^32.
    if (x >= std::uint64_t{interval.frequency} << 20) {
      words_.push_back(static_cast<std::uint16_t>(x));
      x >>= 16;
    }
    state[i & mask] = (x / interval.frequency << kProbabilityBits) + x % interval.frequency + interval.start;
  }
  const std::size_t begin = out.size();
  const std::size_t head = 4 * static_cast<std::size_t>(lanes);
  out.resize(begin + head + 2 * words_.size());
  std::byte* to = out.data() + begin;
  for (int lane = 0; lane < lanes; ++lane)
    for (int shift = 0; shift < 32; shift += 8)
      *to++ = static_cast<std::byte>(state[static_cast<std::size_t>(lane)] >> shift);
  for (std::size_t i = words_.size(); i-- > 0;) {
    *to++ = static_cast<std::byte>(words_[i]);
    *to++ = static_cast<std::byte>(words_[i] >> 8);
  }
}

Result<RansDecoder> RansDecoder::create(ByteSpan bytes, int lanes) {
  LC_EXPECT(lanes == 1 || lanes == 2 || lanes == 4, "rANS has 1, 2 or 4 lanes");
  Reader reader(bytes);
  RansDecoder decoder;
  decoder.mask_ = static_cast<std::uint32_t>(lanes) - 1;
  for (int lane = 0; lane < lanes; ++lane) {
    const auto state = LC_TRY(reader.little<std::uint32_t>());
    if (state < kStateMin) return fail(Errc::corrupt, "rANS state {} of lane {} is below 2^16", state, lane);
    decoder.state_[static_cast<std::size_t>(lane)] = state;
  }
  decoder.at_ = reader.rest().data();
  decoder.end_ = decoder.at_ + reader.remaining();
  return decoder;
}

Result<> RansDecoder::ended_well() const {
  if (starved_) return fail(Errc::truncated, "the coded bytes end before the symbols do");
  if (at_ != end_) return fail(Errc::corrupt, "{} coded bytes are left after the last symbol", end_ - at_);
  for (std::uint32_t lane = 0; lane <= mask_; ++lane)
    if (state_[lane] != kStateMin)
      return fail(Errc::corrupt, "rANS lane {} ends in state {}", lane, state_[lane]);
  return {};
}

}  // namespace lc::entropy
