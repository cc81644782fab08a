// One slice of integers to bytes and back: contexts, all-zero flags, positions that stay as in the reference.
// FORMAT.md, "The context model" and "A slice".
//
// Encoder and decoder run the same code over contexts (slice_walk.h), differing only in what a symbol does.
// Three quarters of its time go into guessing branches and waiting for tables, symbol after symbol; weigh.h has the
// part that vectors help.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "codec/entropy_model.h"
#include "codec/latent.h"
#include "codec/rate_distortion.h"
#include "codec/weigh.h"
#include "entropy/rans.h"

namespace lc::codec {

// Which rows of which frame, and against what.
struct SliceTask {
  int first_row = 0, rows = 0;        // of the latent
  int level = 0;                      // EntropyModel::level(quality)
  const Latent* reference = nullptr;  // of the same shape; nullptr in key frames
  // Encoding: what the whole latent was rounded from (quantiser.h), to code what is worth its bits. Empty: the latent
  // as it is.
  std::span<const float> exact;
};

struct ModeCounts {
  int same = 0, fresh = 0, delta = 0;
};

// Buffers of a walk; grow once.
struct SliceBuffers {
  std::vector<std::int16_t> fresh[2], delta[2];  // [columns][stride] magnitudes of this row and the row above
  std::vector<std::int32_t> expected;            // [stride]
  std::vector<std::uint8_t> known[2];            // [columns], whether `fresh` holds this position
  std::vector<std::int32_t> symbols, other;      // [stride]
  std::vector<std::int16_t> zero;                // [stride]
  std::vector<float> exact;                      // [stride], of the symbols
  std::vector<PositionMode> modes;               // [rows][columns]
};

class SliceCoder {
 public:
  //   weigh  another kernel, for tests
  explicit SliceCoder(std::shared_ptr<const EntropyModel> model, Weigh weigh = fastest_weigh());

  // Appends the coded slice to `out`. With exact values, `latent` becomes what was coded.
  ModeCounts encode(Latent& latent, const SliceTask& task, Bytes& out);

  // Fills the slice's rows of `latent`, whose shape is set.
  //   errors  truncated, corrupt; the rows then hold anything
  Result<> decode(ByteSpan bytes, const SliceTask& task, Latent& latent);

 private:
  ModeCounts choose_modes(const Latent& latent, const SliceTask& task);
  int choose_mode_set(const SliceTask& task, int columns) const;

  std::shared_ptr<const EntropyModel> model_;
  std::optional<RateDistortion> worth_;  // made when it is first needed
  Weigh weigh_;
  SliceBuffers buffers_;
  entropy::RansEncoder encoder_;
};

}  // namespace lc::codec
