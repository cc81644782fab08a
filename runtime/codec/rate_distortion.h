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
  //   expected  magnitudes, before the group is begun
  //   rest      their sum
  //   exact     what the symbols were rounded from
  void improve(const std::int32_t* expected, std::int32_t rest, const float* exact, std::size_t count,
               std::int32_t* symbols) const {
    if (is_settled(exact, count, symbols)) return;
    const EntropyModel& model = *model_;
    int flag_class = model.flag_classes().of(rest);
    const auto& flag = flag_bits_[static_cast<std::size_t>(flag_class)];
    float saved = 0, cost = flag[1] - flag[0];
    bool is_first = true;  // of the symbols that are not zero
    for (std::size_t k = 0; k < count; ++k) {
      std::int32_t& s = symbols[k];
      std::int32_t x = std::clamp(expected[k], 0, kMaxExpectation);
      if (is_first) {
        const std::int64_t raised = (std::int64_t{x} * model.boost(flag_class)) >> 8;
        rest -= x;
        x = static_cast<std::int32_t>(std::min<std::int64_t>(raised, kMaxExpectation));
      }
      const float* bits = symbol_bits_.data() + model.table_classes().of(x) * kTableSymbols + kSymbolLimit;
      if (s != 0) {
        const std::int32_t less = s > 0 ? s - 1 : s + 1;
        if (gain(exact[k], s, less) < kSymbolWorth * (bits[s] - bits[less])) s = less;
        saved += gain(exact[k], s, 0);
      }
      cost += bits[s];
      if (s != 0) is_first = false;
      if (is_first) flag_class = model.flag_classes().of(rest);
    }
    if (saved < kGroupWorth * cost) std::fill_n(symbols, count, 0);
  }

 private:
  // Squared steps that a bit is worth.
  static constexpr float kSymbolWorth = 0.02f, kGroupWorth = 0.04f;
  // Hardly any symbol saves more, so most groups need no look at the tables; nor does a flag.
  static constexpr float kMostBits = 12;

  static float square(float x) { return x * x; }
  // Squared steps that s is nearer than `less`.
  static float gain(float exact, std::int32_t s, std::int32_t less) {
    return square(exact - static_cast<float>(less)) - square(exact - static_cast<float>(s));
  }
  // No symbol could be lowered.
  static bool is_settled(const float* exact, std::size_t count, const std::int32_t* symbols) {
    float saved = 0, least = 1;
    int used = 0;
    for (std::size_t k = 0; k < count; ++k) {
      const std::int32_t s = symbols[k];
      if (s == 0) continue;
      if (std::abs(s) > kSymbolLimit) return true;
      ++used;
      least = std::min(least, gain(exact[k], s, s > 0 ? s - 1 : s + 1));
      saved += gain(exact[k], s, 0);
    }
    return used == 0 ||
           (least > kSymbolWorth * kMostBits && saved > kGroupWorth * kMostBits * static_cast<float>(used + 1));
  }
  static float bits_of(int frequency) {
    return -std::log2(static_cast<float>(frequency) / static_cast<float>(entropy::kProbabilityOne));
  }

  const EntropyModel* model_;
  std::vector<float> symbol_bits_;               // [tables][32]
  std::vector<std::array<float, 2>> flag_bits_;  // by class: all zero, not all zero
};

}  // namespace lc::codec
