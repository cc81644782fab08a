#include "slow_slice.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

namespace lc::test {
namespace {

using codec::ContextWeights;
using codec::EntropyModel;
using codec::Latent;
using codec::PositionMode;

using Vector = std::vector<std::int64_t>;
using Near4 = std::array<Vector, 4>;  // L, U, UL, UR

class SlowSlice {
 public:
  SlowSlice(const EntropyModel& model, ByteSpan bytes, const codec::SliceTask& task, Latent& latent)
      : model_(model),
        bytes_(bytes),
        task_(task),
        latent_(latent),
        columns_(latent.columns()),
        channels_(static_cast<std::size_t>(model.channels())) {}

  bool run() {
    const unsigned first = byte();
    const unsigned lanes = 1u << (first & 3);
    mode_set_ = static_cast<int>(first >> 2);
    if ((first & 3) == 3 || mode_set_ >= (task_.reference ? model_.mode_sets() : 1)) return false;
    for (unsigned i = 0; i < lanes; ++i) {
      std::uint64_t x = byte();
      x |= std::uint64_t{byte()} << 8;
      x |= std::uint64_t{byte()} << 16;
      x |= std::uint64_t{byte()} << 24;
      states_.push_back(x);
      bad_ = bad_ || x < 65536;
    }
    for (int row = 0; row < task_.rows && !bad_; ++row)
      for (int column = 0; column < columns_ && !bad_; ++column) position(row, column);
    for (std::uint64_t x : states_) bad_ = bad_ || x != 65536;
    return !bad_ && at_ == bytes_.size();
  }

 private:
  unsigned byte() {
    if (at_ < bytes_.size()) return std::to_integer<unsigned>(bytes_[at_++]);
    bad_ = true;
    return 0;
  }

  // Symbol of a list of frequencies that sums to 4096.
  int take(const std::vector<unsigned>& frequencies) {
    std::uint64_t& x = states_[turn_++ % states_.size()];
    const std::uint64_t slot = x % 4096;
    std::uint64_t start = 0;
    std::size_t symbol = 0;
    while (slot >= start + frequencies[symbol]) start += frequencies[symbol++];
    x = frequencies[symbol] * (x / 4096) + slot - start;
    if (x < 65536) {
      const unsigned low = byte();
      x = x * 65536 + low + 256 * byte();
    }
    return static_cast<int>(symbol);
  }
  int take(const entropy::CdfTables& tables, int table) {
    std::vector<unsigned> frequencies;
    for (int s = 0; s < tables.symbols(); ++s) frequencies.push_back(tables.interval(table, s).frequency);
    return take(frequencies);
  }
  int bit() { return take({2048, 2048}); }

  const Vector& at(const std::vector<Vector>& plane, int row, int column) const {
    return plane[static_cast<std::size_t>(row * columns_ + column)];
  }

  Near4 near(const std::vector<Vector>& plane, int row, int column) const {
    const Vector zero(channels_, 0);
    Near4 n;
    n[0] = column > 0 ? at(plane, row, column - 1) : row > 0 ? at(plane, row - 1, column) : zero;
    n[1] = row > 0 ? at(plane, row - 1, column) : n[0];
    n[2] = row > 0 && column > 0 ? at(plane, row - 1, column - 1) : n[0];
    n[3] = row > 0 && column + 1 < columns_ ? at(plane, row - 1, column + 1) : n[1];
    return n;
  }

  PositionMode mode(int row, int column) {
    int changed = 0;
    for (auto [dy, dx] : {std::pair{0, -1}, {-1, 0}, {-1, -1}, {-1, 1}})
      if (row + dy >= 0 && column + dx >= 0 && column + dx < columns_)
        changed +=
            modes_[static_cast<std::size_t>((row + dy) * columns_ + column + dx)] != PositionMode::same;
    modes_.push_back(static_cast<PositionMode>(take(model_.modes(), mode_set_ * 5 + changed)));
    return modes_.back();
  }

  void position(int row, int column) {
    Vector reference(channels_, 0), predicted(channels_, 0), q(channels_, 0), s;
    const PositionMode how = task_.reference ? mode(row, column) : PositionMode::fresh;
    if (task_.reference)
      for (std::size_t k = 0; k < channels_; ++k)
        reference[k] = task_.reference->at(task_.first_row + row, column)[k];
    const Near4 values = near(q_, row, column);
    const auto predict = [&](std::size_t k) -> std::int64_t {
      for (const auto& p : model_.predictors(task_.level)) {
        if (static_cast<std::size_t>(p.rank) != k) continue;
        std::int64_t sum = 128;
        for (const auto& term : p.terms) sum += term.weight * (term.place < 4 ? values[term.place] : q)[term.rank];
        return std::clamp<std::int64_t>(sum >> 8, -32767, 32767);
      }
      return 0;
    };
    if (how == PositionMode::same) s = Vector(channels_, 0);
    if (how == PositionMode::fresh) s = symbols(model_.fresh_weights(task_.level), near(fresh_, row, column));
    if (how == PositionMode::delta) s = symbols(model_.delta_weights(task_.level), near(delta_, row, column));
    Vector fresh(channels_), delta(channels_);
    for (std::size_t k = 0; k < channels_; ++k) {
      predicted[k] = how == PositionMode::fresh ? predict(k) : 0;
      q[k] = s[k] + (how == PositionMode::fresh ? predicted[k] : reference[k]);
      if (std::abs(q[k]) > 32767) bad_ = true;
      latent_.at(task_.first_row + row, column)[k] = static_cast<std::int16_t>(q[k]);
    }
    for (std::size_t k = 0; k < channels_; ++k) {
      predicted[k] = predict(k);
      fresh[k] = std::min<std::int64_t>(std::abs(q[k] - predicted[k]), model_.clip());
      delta[k] = std::min<std::int64_t>(std::abs(q[k] - reference[k]), model_.clip());
    }
    q_.push_back(q);
    fresh_.push_back(fresh);
    delta_.push_back(delta);
  }

  Vector symbols(const ContextWeights& weights, const Near4& a) {
    Vector s(channels_, 0);
    const auto expected = [&](std::size_t k) {
      std::int64_t e = weights.bias[k];
      for (std::size_t n = 0; n < 4; ++n) e += weights.near[n][k] * a[n][k];
      for (std::size_t j = 0; j < k; ++j)
        e += weights.earlier[j * static_cast<std::size_t>(model_.stride()) + k] *
             std::min<std::int64_t>(std::abs(s[j]), model_.clip());
      return std::clamp<std::int64_t>(e, 0, (1 << 24) - 1);
    };
    for (std::size_t begin = 0; begin < channels_ && !bad_; begin += 8) {
      const std::size_t end = std::min(begin + 8, channels_);
      const auto flag_class = [&](std::size_t from) {
        std::int64_t sum = 0;
        for (std::size_t k = from; k < end; ++k) sum += expected(k);
        return model_.flag_classes().of(static_cast<std::int32_t>(sum));
      };
      const unsigned zero = model_.flag_zero(flag_class(begin));
      if (take({zero, 4096 - zero}) == 0) continue;
      bool seen = false;
      for (std::size_t k = begin; k < end; ++k) {
        std::int64_t x = expected(k);
        if (!seen) x = std::min<std::int64_t>(x * model_.boost(flag_class(k)) / 256, (1 << 24) - 1);
        s[k] = symbol(model_.table_classes().of(static_cast<std::int32_t>(x)));
        seen = seen || s[k] != 0;
      }
      bad_ = bad_ || !seen;
    }
    return s;
  }

  std::int64_t symbol(int table) {
    const int entry = take(model_.tables(), table);
    if (entry < 31) return entry - 15;
    const int order = model_.escape_order(table);
    int n = order;
    while (bit() == 1)
      if (++n > 16) {
        bad_ = true;
        return 0;
      }
    std::int64_t x = 1;
    for (int i = 0; i < n; ++i) x = 2 * x + bit();
    const std::int64_t magnitude = x - (std::int64_t{1} << order) + 16;
    return bit() == 1 ? -magnitude : magnitude;
  }

  const EntropyModel& model_;
  ByteSpan bytes_;
  const codec::SliceTask& task_;
  Latent& latent_;
  int columns_;
  std::size_t channels_;
  std::size_t at_ = 0, turn_ = 0;
  bool bad_ = false;
  int mode_set_ = 0;
  std::vector<std::uint64_t> states_;
  std::vector<PositionMode> modes_;
  std::vector<Vector> q_, fresh_, delta_;  // of the positions so far
};

}  // namespace

bool slow_decode(const EntropyModel& model, ByteSpan bytes, const codec::SliceTask& task, Latent& latent) {
  return SlowSlice(model, bytes, task, latent).run();
}

}  // namespace lc::test
