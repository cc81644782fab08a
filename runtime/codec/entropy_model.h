// The tables of a bundle: entropy.bin, parsed and checked. Layout and arithmetic in FORMAT.md.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "codec/magnitude_classes.h"
#include "entropy/cdf.h"

namespace lc::codec {

inline constexpr int kMaxChannels = 512;
inline constexpr int kMaxQualities = 64;
inline constexpr int kGroupChannels = 8;  // channels of one all-zero flag
inline constexpr int kLanePadding = 16;   // weight rows are padded with zeros to a multiple of this
inline constexpr int kSymbolLimit = 15;   // table entries are -15..15, then escape
inline constexpr int kTableSymbols = 32;
inline constexpr int kEscapeEntry = 31;

// Context weights of one level. Rows have `stride` entries, of which those from `channels` on are 0.
struct ContextWeights {
  enum Neighbour { left, up, up_left, up_right };
  std::array<std::vector<std::int16_t>, 4> near;  // by Neighbour
  std::vector<std::int32_t> bias;
  std::vector<std::int16_t> earlier;  // [channels][stride]: row j weighs rank j on each later rank, else 0
};

// Signed prediction of one rank from integers around it.
struct SignedPredictor {
  static constexpr int kHere = 4;  // a place, behind those of ContextWeights::Neighbour: the position itself
  static constexpr int kPlaces = 5;
  static constexpr int kMaxHere = kGroupChannels;  // ranks of the position itself that may be read
  struct Term {
    std::uint8_t place;
    std::uint16_t rank;
    std::int16_t weight;  // in 1/256, at most 4
    bool operator==(const Term&) const = default;
  };
  int rank;
  std::vector<Term> terms;
};

// How a position of a frame with a reference is coded.
enum class PositionMode : std::uint8_t { same, fresh, delta };
inline constexpr int kModes = 3;
inline constexpr int kModeContexts = 5;  // 0..4 changed neighbours

class EntropyModel {
 public:
  //   errors  bad_format, truncated, corrupt, unsupported (a section we do not know), each naming the section
  static Result<EntropyModel> parse(ByteSpan bytes);

  int channels() const { return channels_; }
  int stride() const { return stride_; }  // channels, rounded up to kLanePadding
  int groups() const { return (channels_ + kGroupChannels - 1) / kGroupChannels; }
  int qualities() const { return qualities_; }
  int clip() const { return clip_; }

  // By channel, in the order of the networks.
  std::span<const float> forward_gain(int quality) const { return gain_row(forward_, quality); }
  std::span<const float> inverse_gain(int quality) const { return gain_row(inverse_, quality); }
  std::span<const std::uint16_t> channel_of_rank() const { return order_; }

  int level(int quality) const { return level_[static_cast<std::size_t>(quality)]; }
  const ContextWeights& fresh_weights(int level) const { return fresh_[static_cast<std::size_t>(level)]; }
  const ContextWeights& delta_weights(int level) const {
    return delta_.empty() ? fresh_weights(level) : delta_[static_cast<std::size_t>(level)];
  }
  std::span<const SignedPredictor> predictors(int level) const {
    return predictors_[static_cast<std::size_t>(level)];
  }

  const MagnitudeClasses& table_classes() const { return table_classes_; }
  const entropy::CdfTables& tables() const { return tables_; }
  int escape_order(int table) const { return escape_order_[static_cast<std::size_t>(table)]; }

  const MagnitudeClasses& flag_classes() const { return flag_classes_; }
  std::uint32_t flag_zero(int flag_class) const { return flag_zero_[static_cast<std::size_t>(flag_class)]; }
  std::uint32_t boost(int flag_class) const { return boost_[static_cast<std::size_t>(flag_class)]; }

  int mode_sets() const { return modes_.tables() / kModeContexts; }
  const entropy::CdfTables& modes() const { return modes_; }  // table set * kModeContexts + context

 private:
  friend class EntropyModelParser;
  std::span<const float> gain_row(const std::vector<float>& gains, int quality) const {
    return std::span(gains).subspan(static_cast<std::size_t>(quality) * static_cast<std::size_t>(channels_),
                                    static_cast<std::size_t>(channels_));
  }

  int channels_ = 0, stride_ = 0, qualities_ = 0, clip_ = 0;
  std::vector<float> forward_, inverse_;
  std::vector<std::uint16_t> order_;
  std::vector<std::uint8_t> level_;
  std::vector<ContextWeights> fresh_, delta_;
  std::vector<std::vector<SignedPredictor>> predictors_;
  MagnitudeClasses table_classes_, flag_classes_;
  entropy::CdfTables tables_, modes_;
  std::vector<std::uint8_t> escape_order_;
  std::vector<std::uint16_t> flag_zero_, boost_;
};

}  // namespace lc::codec
