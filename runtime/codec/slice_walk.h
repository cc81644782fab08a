// The walk over a slice that encoder and decoder share. Only slice_coder.cc includes this.
//
// A `Coder` has
//   void mode(table, PositionMode&)                   reads or writes how a position is coded
//   bool flag(zero, symbols, count)                   reads or writes "not all zero"
//   bool symbol(table, std::int32_t& value)           reads or writes one symbol; false: corrupt
//   void improve(expected, rest, exact, count, symbols)  writing: chooses the symbols of a group
//   bool alive()                                      false: no words left
//   static constexpr bool kReads
#pragma once

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "codec/slice_coder.h"

namespace lc::codec {

// What predictors read, by place.
using Places = std::array<const std::int16_t*, SignedPredictor::kPlaces>;

// Four neighbours in an array of rows of `stride` values a position; FORMAT.md, "Neighbours".
template <class T>
struct NearOf {
  const T *left, *up, *up_left, *up_right;
};
using Near = NearOf<std::int16_t>;

//   above  nullptr in the slice's first row
//   zero   what the very first position sees
template <class T>
NearOf<T> neighbours(const T* row, const T* above, int column, int columns, std::size_t stride, const T* zero) {
  const std::size_t here = static_cast<std::size_t>(column) * stride;
  NearOf<T> near;
  near.left = column > 0 ? row + here - stride : above ? above : zero;
  near.up = above ? above + here : near.left;
  near.up_left = above && column > 0 ? above + here - stride : near.left;
  near.up_right = above && column + 1 < columns ? above + here + stride : near.up;
  return near;
}

inline std::int32_t clip_expectation(std::int32_t e) { return std::clamp(e, 0, kMaxExpectation); }

// Changed positions among left, up, up left and up right; outside the slice nothing has changed.
inline int changed_neighbours(const PositionMode* modes, int row, int column, int columns) {
  const PositionMode* here = modes + std::ptrdiff_t{row} * columns + column;
  const auto changed = [](PositionMode mode) { return mode == PositionMode::same ? 0 : 1; };
  int count = column > 0 ? changed(here[-1]) : 0;
  if (row > 0) {
    const PositionMode* above = here - columns;
    count += changed(above[0]);
    if (column > 0) count += changed(above[-1]);
    if (column + 1 < columns) count += changed(above[1]);
  }
  return count;
}

class SliceWalk {
 public:
  SliceWalk(const EntropyModel& model, const SliceTask& task, Weigh weigh, SliceBuffers& buffers, Latent& latent)
      : weigh_(weigh),
        model_(model),
        task_(task),
        buffers_(buffers),
        latent_(latent),
        columns_(latent.columns()),
        channels_(static_cast<std::size_t>(model.channels())),
        stride_(static_cast<std::size_t>(model.stride())) {
    const std::size_t row_size = static_cast<std::size_t>(columns_) * stride_;
    for (auto* plane : {buffers.fresh, buffers.delta})
      for (int i = 0; i < 2; ++i) plane[i].resize(row_size);
    for (auto& row : buffers.known) row.resize(static_cast<std::size_t>(columns_));
    buffers.expected.resize(stride_);
    buffers.symbols.resize(stride_);
    buffers.other.resize(stride_);
    buffers.exact.resize(stride_);
    buffers.zero.resize(stride_);
    buffers.modes.resize(static_cast<std::size_t>(task.rows) * static_cast<std::size_t>(columns_));
  }

  // False: corrupt, or (reading) no words left.
  template <class Coder>
  bool run(Coder& coder, int mode_set) {
    for (row_ = 0; row_ < task_.rows; ++row_) {
      for (column_ = 0; column_ < columns_; ++column_)
        if (!position(coder, mode_set)) return false;
      std::swap(buffers_.fresh[0], buffers_.fresh[1]);
      std::swap(buffers_.known[0], buffers_.known[1]);
      std::swap(buffers_.delta[0], buffers_.delta[1]);
      if (!coder.alive()) return false;
    }
    return true;
  }

  static Places places(const Near& near, const std::int16_t* here) {
    return {near.left, near.up, near.up_left, near.up_right, here};
  }

  // Predicted value of one rank.
  static std::int32_t predict(const SignedPredictor& p, const Places& at) {
    std::int32_t sum = 128;
    for (const SignedPredictor::Term& term : p.terms) sum += term.weight * at[term.place][term.rank];
    return std::clamp(sum >> 8, -kMaxLatentValue, kMaxLatentValue);
  }

 private:
  template <class Coder>
  bool position(Coder& coder, int mode_set) {
    std::int16_t* q = latent_.at(task_.first_row + row_, column_);
    const std::int16_t* reference =
        task_.reference ? task_.reference->at(task_.first_row + row_, column_) : nullptr;
    PositionMode mode = PositionMode::fresh;
    if (reference) {
      PositionMode& kept =
          buffers_.modes[static_cast<std::size_t>(row_) * static_cast<std::size_t>(columns_) +
                         static_cast<std::size_t>(column_)];
      const int changed = changed_neighbours(buffers_.modes.data(), row_, column_, columns_);
      coder.mode(mode_set * kModeContexts + changed, kept);
      mode = kept;
    }
    std::int32_t* s = buffers_.symbols.data();
    std::int16_t* fresh = buffers_.fresh[0].data() + static_cast<std::size_t>(column_) * stride_;
    std::int16_t* delta = buffers_.delta[0].data() + static_cast<std::size_t>(column_) * stride_;
    buffers_.known[0][static_cast<std::size_t>(column_)] = mode == PositionMode::fresh;

    if (mode == PositionMode::same) {
      if constexpr (Coder::kReads) std::memcpy(q, reference, channels_ * sizeof(*q));
      return true;
    }
    if (mode == PositionMode::fresh) {
      if constexpr (!Coder::kReads) {
        fresh_symbols(row_, column_, s);
        take_exact(q, s);
      }
      if (reference) learn_neighbours();
      expect(model_.fresh_weights(task_.level), near_fresh());
      if (!groups(coder, model_.fresh_weights(task_.level), fresh)) return false;
      if (Coder::kReads || chooses())
        if (!fresh_values(s, q)) return false;
      if (reference) {
        differences(q, reference, s);
        magnitudes(s, delta);
      }
      return true;
    }
    if constexpr (!Coder::kReads) {
      differences(q, reference, s);
      take_exact(q, s);
    }
    expect(model_.delta_weights(task_.level), near_delta());
    if (!groups(coder, model_.delta_weights(task_.level), delta)) return false;
    if (Coder::kReads || chooses())
      if (!add_reference(s, reference, q)) return false;
    return true;
  }

  // Steps 1 to 3 of "A group", over all groups. Writes (or reads) buffers_.symbols, and their magnitudes to
  // `a`.
  template <class Coder>
  bool groups(Coder& coder, const ContextWeights& weights, std::int16_t* a) {
    std::int32_t* const s = buffers_.symbols.data();
    std::int32_t* const e = buffers_.expected.data();
    const std::int16_t* const earlier = weights.earlier.data();
    if constexpr (Coder::kReads) std::memset(s, 0, stride_ * sizeof(*s));
    std::memset(a, 0, stride_ * sizeof(*a));
    for (std::size_t begin = 0; begin < channels_; begin += kGroupChannels) {
      const std::size_t end = std::min(begin + kGroupChannels, channels_);
      // Padded ranks expect 0, so that all groups have 8.
      std::int32_t rest = 0;
      for (std::size_t k = begin; k < begin + kGroupChannels; ++k) rest += clip_expectation(e[k]);
      if constexpr (!Coder::kReads)
        // What predicts others of this position stays: they were rounded from what it was.
        if (chooses() && begin >= SignedPredictor::kMaxHere)
          coder.improve(e + begin, rest, buffers_.exact.data() + begin, end - begin, s + begin);
      int flag_class = model_.flag_classes().of(rest);
      if (!coder.flag(model_.flag_zero(flag_class), s + begin, end - begin)) continue;
      std::array<Weighed, kMaxWeighed> weighed;
      std::size_t seen = 0;
      for (std::size_t k = begin; k < end; ++k) {
        std::int32_t x = clip_expectation(e[k]);
        if (seen == 0) {
          const std::int64_t raised = (std::int64_t{x} * model_.boost(flag_class)) >> 8;
          rest -= x;
          x = static_cast<std::int32_t>(std::min<std::int64_t>(raised, kMaxExpectation));
        }
        if (!coder.symbol(model_.table_classes().of(x), s[k])) return false;
        if (s[k] == 0) {
          if (seen == 0) flag_class = model_.flag_classes().of(rest);
          continue;
        }
        const auto magnitude = static_cast<std::int16_t>(std::min(std::abs(s[k]), model_.clip()));
        a[k] = magnitude;
        const std::int16_t* row = earlier + k * stride_;
        // The rest of this group now (entries up to k are 0), all later groups when it is done.
        for (std::size_t i = begin; i < begin + kGroupChannels; ++i) e[i] += row[i] * magnitude;
        weighed[seen++] = {row, magnitude};
      }
      if (seen == 0) return false;
      // In whole blocks: what is added to ranks that are coded does no harm.
      const std::size_t from = (begin + kGroupChannels) / kLanePadding * kLanePadding;
      for (std::size_t i = 0; i < seen; ++i) weighed[i].row += from;
      weigh_(weighed.data(), seen, e + from, stride_ - from);
    }
    return true;
  }

  Near near_in(const std::vector<std::int16_t> (&plane)[2]) const {
    return neighbours<std::int16_t>(plane[0].data(), row_ > 0 ? plane[1].data() : nullptr, column_, columns_, stride_,
                                    buffers_.zero.data());
  }
  // After learn_neighbours().
  Near near_fresh() const { return near_in(buffers_.fresh); }
  // Of a position where nothing changed, nothing was written.
  Near near_delta() const {
    static constexpr PositionMode kSame = PositionMode::same;
    const PositionMode* modes = buffers_.modes.data() + std::ptrdiff_t{row_} * columns_;
    const auto mode = neighbours<PositionMode>(modes, row_ > 0 ? modes - columns_ : nullptr, column_, columns_, 1, &kSame);
    const Near near = near_in(buffers_.delta);
    const auto seen = [&](PositionMode m, const std::int16_t* p) { return m == kSame ? buffers_.zero.data() : p; };
    return {seen(*mode.left, near.left), seen(*mode.up, near.up), seen(*mode.up_left, near.up_left),
            seen(*mode.up_right, near.up_right)};
  }

  // What fresh symbols would have been where positions were coded otherwise: only now does somebody ask.
  void learn_neighbours() {
    if (column_ > 0) learn(0, column_ - 1);
    if (row_ == 0) return;
    for (int column = std::max(column_ - 1, 0); column < std::min(column_ + 2, columns_); ++column) learn(1, column);
  }
  void learn(int above, int column) {
    std::uint8_t& is_known = buffers_.known[above][static_cast<std::size_t>(column)];
    if (is_known) return;
    is_known = 1;
    fresh_symbols(row_ - above, column, buffers_.other.data());
    magnitudes(buffers_.other.data(), buffers_.fresh[above].data() + static_cast<std::size_t>(column) * stride_);
  }

  void expect(const ContextWeights& weights, const Near& near) {
    const std::int16_t* w0 = weights.near[0].data();
    const std::int16_t* w1 = weights.near[1].data();
    const std::int16_t* w2 = weights.near[2].data();
    const std::int16_t* w3 = weights.near[3].data();
    const std::int32_t* bias = weights.bias.data();
    std::int32_t* __restrict e = buffers_.expected.data();
    for (std::size_t k = 0; k < stride_; ++k)
      e[k] = bias[k] + w0[k] * near.left[k] + w1[k] * near.up[k] + w2[k] * near.up_left[k] +
             w3[k] * near.up_right[k];
  }

  // Of the slice's row.
  Near near_values(int row, int column) const {
    const std::int16_t* values = latent_.at(task_.first_row + row, 0);
    return neighbours<std::int16_t>(values, row > 0 ? values - static_cast<std::size_t>(columns_) * channels_ : nullptr,
                                    column, columns_, channels_, buffers_.zero.data());
  }

  bool chooses() const { return !task_.exact.empty(); }

  // What the symbols s of the integers q were rounded from.
  void take_exact(const std::int16_t* q, const std::int32_t* s) {
    if (!chooses()) return;
    const std::size_t position = static_cast<std::size_t>(task_.first_row + row_) * static_cast<std::size_t>(columns_) +
                                 static_cast<std::size_t>(column_);
    const float* from = task_.exact.data() + position * channels_;
    for (std::size_t k = 0; k < channels_; ++k) buffers_.exact[k] = from[k] - static_cast<float>(q[k] - s[k]);
  }

  // s = q - prediction, of a position of the slice.
  void fresh_symbols(int row, int column, std::int32_t* __restrict s) const {
    const std::int16_t* q = latent_.at(task_.first_row + row, column);
    for (std::size_t k = 0; k < channels_; ++k) s[k] = q[k];
    const Places at = places(near_values(row, column), q);
    for (const SignedPredictor& p : model_.predictors(task_.level)) s[p.rank] -= predict(p, at);
  }

  // q = s + prediction, rank after rank; false where it leaves its range.
  bool fresh_values(std::int32_t* s, std::int16_t* q) const {
    store(s, q);
    const Places at = places(near_values(row_, column_), q);
    for (const SignedPredictor& p : model_.predictors(task_.level)) {
      s[p.rank] += predict(p, at);
      q[p.rank] = static_cast<std::int16_t>(s[p.rank]);
    }
    return store(s, q);
  }

  void differences(const std::int16_t* q, const std::int16_t* reference, std::int32_t* __restrict s) const {
    for (std::size_t k = 0; k < channels_; ++k) s[k] = q[k] - reference[k];
  }

  bool add_reference(std::int32_t* s, const std::int16_t* reference, std::int16_t* q) const {
    for (std::size_t k = 0; k < channels_; ++k) s[k] += reference[k];
    return store(s, q);
  }

  // False where one of them is beyond 15 bits: then so is the union of all.
  bool store(const std::int32_t* s, std::int16_t* __restrict q) const {
    std::int32_t largest = 0;
    for (std::size_t k = 0; k < channels_; ++k) {
      largest |= std::abs(s[k]);
      q[k] = static_cast<std::int16_t>(s[k]);
    }
    return largest <= kMaxLatentValue;
  }

  void magnitudes(const std::int32_t* s, std::int16_t* __restrict a) const {
    const std::int32_t clip = model_.clip();
    for (std::size_t k = 0; k < channels_; ++k)
      a[k] = static_cast<std::int16_t>(std::min(std::abs(s[k]), clip));
  }

  const Weigh weigh_;
  const EntropyModel& model_;
  const SliceTask& task_;
  SliceBuffers& buffers_;
  Latent& latent_;
  int columns_;
  std::size_t channels_, stride_;
  int row_ = 0, column_ = 0;
};

}  // namespace lc::codec
