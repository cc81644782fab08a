// Which layers our own kernels (nn/tile.h) compute, with which numbers, and how the values between them are stored.
//
//   f32   blocks, convolutions that nobody's window overlaps, and those before a DepthToSpace; all values are f32
//   bf16  every convolution and matrix product that the kernels can do; what lies between two of them is bf16
//   int8  the same, with u8 times s8 inside blocks whose numbers the graph says
//
// What other layers read or make stays f32, as do inputs and outputs of the graph; where a block reads such a value, a Store
// goes before it.
#pragma once

#include <optional>
#include <vector>

#include "nn/merge.h"
#include "nn/pack.h"
#include "nn/plan.h"

namespace lc::nn {

// Longer sums would push the tile out of the second-level cache, and those of u8 beyond 32 bits.
inline constexpr std::int64_t kMaxSummed = 4096;

// What comes after the sum and the residual.
struct Finish {
  Curve curve = Curve::none;
  float slope = 1;          // lines
  float low = 0, high = 0;  // clip, hard_swish
};

class Tiling {
 public:
  // Adds values to the graph for what Stores make.
  Tiling(Folded& graph, std::vector<Layer> layers, Precision precision);

  // Once: they hold the plain weights, which nobody needs when all is packed.
  std::vector<Layer> take_layers() { return std::move(layers_); }

  bool has(const Layer& layer) const;  // by output
  Number stored(int value) const { return stored_[static_cast<std::size_t>(value)]; }
  // False of what is painted into a picture.
  bool has_memory(int value) const { return value != painted_; }
  // What the layer's products sum over; of a block, its depthwise convolution and all else that is not u8.
  Number inner() const { return precision_ == Precision::f32 ? Number::f32 : Number::bf16; }
  Precision precision() const { return precision_; }

 private:
  bool can_do(const Layer& layer) const;
  void choose_storage();
  void add_stores();

  Folded& graph_;
  std::vector<Layer> layers_;
  Precision precision_;
  int painted_ = kAbsent;
  std::vector<bool> is_tiled_;  // by output
  std::vector<Number> stored_;  // by value
};

// None where the kernels have no such finish.
std::optional<Finish> finish_of(const Layer& layer);

}  // namespace lc::nn
