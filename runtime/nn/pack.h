// Weights as the kernels of nn/tile.h read them.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "nn/model.h"
#include "nn/tile.h"

namespace lc::nn {

struct FreeMemory {
  void operator()(void* p) const { std::free(p); }
};
// Aligned to 64 bytes.
using Memory = std::unique_ptr<std::byte, FreeMemory>;
Memory allocate_aligned(std::size_t bytes);  // zeroed; null where there is none

// Constant bytes. These and what is made of them can be shared (base/shared.h).
struct Blob {
  Memory memory;
  std::size_t size = 0;

  static Blob zeros(std::size_t size);  // throws std::bad_alloc
  static Blob of(std::span<const float> values);

  std::byte* get() const { return memory.get(); }
  std::uint32_t fingerprint() const;
  std::size_t bytes() const { return size; }
  bool operator==(const Blob& other) const;
};

// A matrix [k][channels] for TileProduct, and what turns its sums into numbers.
struct PackedMatrix {
  Blob weights;
  int groups = 0, channels = 0;
  Number number = Number::f32;
  std::vector<float> scale, offset;              // up to the next multiple of 32
  std::vector<float> scale_below, offset_below;  // of Curve::lines

  std::uint32_t fingerprint() const { return weights.fingerprint(); }
  std::size_t bytes() const;
  bool operator==(const PackedMatrix& other) const = default;
};

// f32 and bf16.
//   weights  [channels][k]
//   order    which k each place of a row holds, -1 for none; empty: as they are
PackedMatrix pack_matrix(std::span<const float> weights, std::span<const float> bias, int channels, Number number,
                         std::span<const int> order = {});

// s8 for sums over u8: scaled by channel so that the largest is 127.
//   in  what the u8 numbers mean, for each k
PackedMatrix pack_matrix_u8(std::span<const float> weights, std::span<const float> bias, int channels, const Steps& in);

// What comes out goes through Curve::lines of this slope, and is then u8 that mean `out`.
void bend(PackedMatrix& matrix, float slope, const Steps& out = {});

// Taps and bias of TileDepthwise.
//   taps  [channels][3][3]
//   out   what its u8 output is to mean, for each channel; empty: it is not u8
struct PackedDepthwise {
  Blob taps;
  std::vector<float> bias;
  int channels = 0;

  std::uint32_t fingerprint() const { return taps.fingerprint(); }
  std::size_t bytes() const { return taps.size + bias.size() * sizeof(float); }
  bool operator==(const PackedDepthwise& other) const = default;
};
PackedDepthwise pack_depthwise(std::span<const float> taps, std::span<const float> bias, Number number,
                               const Steps& out = {});

}  // namespace lc::nn
