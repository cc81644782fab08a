#include "codec/slice_coder.h"

#include <cmath>

#include "codec/slice_walk.h"
#include "entropy/escape.h"

namespace lc::codec {
namespace {

using entropy::Interval;
using entropy::kProbabilityOne;

struct Writing {
  static constexpr bool kReads = false;
  const EntropyModel& model;
  const std::optional<RateDistortion>& worth;
  entropy::RansEncoder& rans;

  bool alive() const { return true; }
  void improve(const std::int32_t* expected, std::int32_t rest, const float* exact, std::size_t count,
               std::int32_t* symbols) const {
    worth->improve(expected, rest, exact, count, symbols);
  }
  void mode(int table, const PositionMode& mode) {
    rans.put(model.modes().interval(table, static_cast<int>(mode)));
  }
  bool flag(std::uint32_t zero, const std::int32_t* symbols, std::size_t count) {
    std::int32_t any = 0;
    for (std::size_t i = 0; i < count; ++i) any |= symbols[i];
    const auto split = static_cast<std::uint16_t>(zero);
    rans.put(any != 0 ? Interval{split, static_cast<std::uint16_t>(kProbabilityOne - zero)}
                      : Interval{0, split});
    return any != 0;
  }
  bool symbol(int table, const std::int32_t& value) {
    const std::int32_t magnitude = std::abs(value);
    if (magnitude <= kSymbolLimit) {
      rans.put(model.tables().interval(table, value + kSymbolLimit));
    } else {
      rans.put(model.tables().interval(table, kEscapeEntry));
      entropy::put_escape(rans, static_cast<std::uint32_t>(magnitude - kSymbolLimit - 1),
                          model.escape_order(table));
      rans.put_bits(value < 0 ? 1 : 0, 1);
    }
    return true;
  }
};

struct Reading {
  static constexpr bool kReads = true;
  const EntropyModel& model;
  entropy::RansDecoder& rans;

  bool alive() const { return rans.has_words(); }
  void mode(int table, PositionMode& mode) {
    mode = static_cast<PositionMode>(rans.take(model.modes(), table));
  }
  bool flag(std::uint32_t zero, const std::int32_t*, std::size_t) { return rans.take_flag(zero); }
  bool symbol(int table, std::int32_t& value) {
    const int entry = rans.take(model.tables(), table);
    if (entry != kEscapeEntry) {
      value = entry - kSymbolLimit;
      return true;
    }
    const auto beyond = entropy::take_escape(rans, model.escape_order(table));
    if (!beyond) return false;
    value = static_cast<std::int32_t>(*beyond) + kSymbolLimit + 1;
    if (rans.take_bits(1) != 0) value = -value;
    return true;
  }
};

// More lanes are faster and cost 4 bytes each.
int lanes_log2_for(std::size_t symbols) { return symbols < 2000 ? 0 : symbols < 8000 ? 1 : 2; }

// About 4 times the bits of a symbol that is not zero, and nothing for zeros: enough to choose between two
// ways.
int rough_cost(std::int32_t symbol) {
  return symbol == 0
             ? 0
             : 16 + 8 * static_cast<int>(std::bit_width(static_cast<std::uint32_t>(std::abs(symbol))));
}

}  // namespace

SliceCoder::SliceCoder(std::shared_ptr<const EntropyModel> model, Weigh weigh)
    : model_(std::move(model)), weigh_(weigh) {}

ModeCounts SliceCoder::encode(Latent& latent, const SliceTask& task, Bytes& out) {
  encoder_.clear();
  SliceWalk walk(*model_, task, weigh_, buffers_, latent);
  ModeCounts counts;
  counts.fresh = task.rows * latent.columns();
  int mode_set = 0;
  if (task.reference) {
    counts = choose_modes(latent, task);
    mode_set = choose_mode_set(task, latent.columns());
  }
  if (!task.exact.empty() && !worth_) worth_.emplace(*model_);
  Writing coder{*model_, worth_, encoder_};
  walk.run(coder, mode_set);
  const int lanes_log2 = lanes_log2_for(encoder_.symbols());
  out.push_back(static_cast<std::byte>(lanes_log2 | mode_set << 2));
  encoder_.finish(1 << lanes_log2, out);
  return counts;
}

Result<> SliceCoder::decode(ByteSpan bytes, const SliceTask& task, Latent& latent) {
  Reader reader(bytes);
  const int first = LC_TRY(reader.little<std::uint8_t>());
  const int lanes_log2 = first & 3, mode_set = first >> 2;
  const int mode_sets = task.reference ? model_->mode_sets() : 1;
  if (lanes_log2 > 2 || mode_set >= mode_sets)
    return fail(Errc::corrupt, "slice byte {:#x}: there are 1, 2 or 4 lanes and {} mode sets", first,
                mode_sets);
  auto rans = LC_TRY(entropy::RansDecoder::create(reader.rest(), 1 << lanes_log2));
  SliceWalk walk(*model_, task, weigh_, buffers_, latent);
  Reading coder{*model_, rans};
  const bool good = walk.run(coder, mode_set);
  if (!good && rans.has_words()) return fail(Errc::corrupt, "a slice has a symbol that no encoder writes");
  return rans.ended_well();
}

// Same where nothing changed; else whichever of fresh and delta looks cheaper.
ModeCounts SliceCoder::choose_modes(const Latent& latent, const SliceTask& task) {
  ModeCounts counts;
  const auto channels = static_cast<std::size_t>(latent.channels());
  for (int row = 0; row < task.rows; ++row) {
    const std::int16_t* line = latent.at(task.first_row + row, 0);
    const std::int16_t* above = row > 0 ? latent.at(task.first_row + row - 1, 0) : nullptr;
    for (int column = 0; column < latent.columns(); ++column) {
      PositionMode& mode = buffers_.modes[static_cast<std::size_t>(row * latent.columns() + column)];
      const std::int16_t* q = latent.at(task.first_row + row, column);
      const std::int16_t* reference = task.reference->at(task.first_row + row, column);
      if (std::memcmp(q, reference, channels * sizeof(*q)) == 0) {
        mode = PositionMode::same;
        ++counts.same;
        continue;
      }
      int fresh = 0, delta = 0;
      for (std::size_t k = 0; k < channels; ++k) {
        fresh += rough_cost(q[k]);
        delta += rough_cost(q[k] - reference[k]);
      }
      const Places at = SliceWalk::places(
          neighbours<std::int16_t>(line, above, column, latent.columns(), channels, buffers_.zero.data()), q);
      for (const SignedPredictor& p : model_->predictors(task.level))
        fresh += rough_cost(q[p.rank] - SliceWalk::predict(p, at)) - rough_cost(q[p.rank]);
      mode = delta <= fresh ? PositionMode::delta : PositionMode::fresh;
      ++(mode == PositionMode::delta ? counts.delta : counts.fresh);
    }
  }
  return counts;
}

// The set whose tables give these modes the fewest bits.
int SliceCoder::choose_mode_set(const SliceTask& task, int columns) const {
  std::array<std::array<std::int64_t, kModes>, kModeContexts> seen{};
  const PositionMode* modes = buffers_.modes.data();
  for (int row = 0; row < task.rows; ++row)
    for (int column = 0; column < columns; ++column)
      ++seen[static_cast<std::size_t>(changed_neighbours(modes, row, column, columns))]
            [static_cast<std::size_t>(modes[row * columns + column])];
  int best = 0;
  double best_bits = 0;
  for (int set = 0; set < model_->mode_sets(); ++set) {
    double bits = 0;
    for (int context = 0; context < kModeContexts; ++context)
      for (int mode = 0; mode < kModes; ++mode)
        bits -= static_cast<double>(seen[static_cast<std::size_t>(context)][static_cast<std::size_t>(mode)]) *
                std::log2(model_->modes().interval(set * kModeContexts + context, mode).frequency / 4096.0);
    if (set == 0 || bits < best_bits) {
      best = set;
      best_bits = bits;
    }
  }
  return best;
}

}  // namespace lc::codec
