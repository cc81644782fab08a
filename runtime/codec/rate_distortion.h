// Rate-distortion optimised quantisation: which symbols of a group of channels are worth their bits, given what the
// decoder expects there.
//
// Rounding gives each latent the nearest integer. One that costs many bits, since zero was expected, may be better off
// one closer to zero, and a group that holds little but ones all zero. Errors are counted in squared steps, which are
// about equally visible in all channels; the exchange rates below gave the fewest bits at equal PSNR on held-out
// photographs with lc5 and lc10 (models/training/LOG.md). The decoder knows nothing of all this.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "codec/entropy_model.h"

namespace lc::codec {

class RateDistortion {
 public:
  explicit RateDistortion(const EntropyModel& model) : model_(&model) {
    for (int table = 0; table < model.tables().tables(); ++table)
      for (int entry = 0; entry < kTableSymbols; ++entry)
        symbol_bits_.push_back(bits_of(model.tables().interval(table, entry).frequency));
    for (int flag_class = 0; flag_class < model.flag_classes().count(); ++flag_class) {
      const auto zero = static_cast<int>(model.flag_zero(flag_class));
      flag_bits_.push_back({bits_of(zero), bits_of(entropy::kProbabilityOne - zero)});
    }
  }

  // Lowers symbols of one group where that is worth it.
  //   expected    magnitudes, before the group is begun
  //   exact       what the symbols were rounded from
  //   flag_class  that of the group
  void improve(const std::int32_t* expected, const float* exact, std::size_t count, int flag_class,
               std::int32_t* symbols) const {
    float saved = 0;  // squared steps that the group saves over zeros
    int used = 0;
    for (std::size_t k = 0; k < count; ++k) {
      std::int32_t& s = symbols[k];
      if (s == 0) continue;
      if (std::abs(s) > kSymbolLimit) return;
      ++used;
      const std::int32_t less = s > 0 ? s - 1 : s + 1;
      const float more = square(exact[k] - static_cast<float>(less)) - square(exact[k] - static_cast<float>(s));
      if (more < kSymbolWorth * kMostBits) {
        const float* bits = row(expected[k]);
        if (more < kSymbolWorth * (bits[s] - bits[less])) s = less;
      }
      saved += square(exact[k]) - square(exact[k] - static_cast<float>(s));
    }
    if (used == 0 || saved > kGroupWorth * kMostBits * static_cast<float>(used + 1)) return;
    const auto& flag = flag_bits_[static_cast<std::size_t>(flag_class)];
    float cost = flag[1] - flag[0];
    for (std::size_t k = 0; k < count; ++k) cost += row(expected[k])[symbols[k]];
    if (saved < kGroupWorth * cost) std::fill_n(symbols, count, 0);
  }

 private:
  // Squared steps that a bit is worth.
  static constexpr float kSymbolWorth = 0.02f, kGroupWorth = 0.05f;
  // Hardly any symbol saves more, so most need no look at the tables; nor does a flag.
  static constexpr float kMostBits = 12;

  static float square(float x) { return x * x; }
  static float bits_of(int frequency) {
    return -std::log2(static_cast<float>(frequency) / static_cast<float>(entropy::kProbabilityOne));
  }
  // By symbol, -15..15.
  const float* row(std::int32_t expected) const {
    const int table = model_->table_classes().of(std::clamp(expected, 0, kMaxExpectation));
    return symbol_bits_.data() + table * kTableSymbols + kSymbolLimit;
  }

  const EntropyModel* model_;
  std::vector<float> symbol_bits_;               // [tables][32]
  std::vector<std::array<float, 2>> flag_bits_;  // by class: all zero, not all zero
};

}  // namespace lc::codec
