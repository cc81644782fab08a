// Our own kernels: a matrix product on a tile of pixels that stays in the first-level cache, and the 3 x 3 depthwise
// convolution before it.
//
// oneDNN's kernels for the same layers reach 0.5 to 0.85 of the register peak: they see one layer at a time, and their
// 8-bit and 16-bit depthwise convolutions are slow. These keep what lies between the layers of a block in the cache.
//
// A `Tile` holds up to 48 rows, one for each pixel, of what a product sums over. Sums go over groups of 32 bits: four u8
// (times s8, in 32-bit integers, exact), two bf16 or one f32 (in f32). Rows are cut into chunks of 512 bytes, so that the
// distance between rows is a constant of the code.
//
// Plain types only: files of this header's functions are compiled for other processors than the rest.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lc::nn {

enum class Number : std::uint8_t { f32, bf16, u8 };  // how a number is stored
constexpr const char* to_string(Number n) { return n == Number::f32 ? "f32" : n == Number::bf16 ? "bf16" : "u8"; }
constexpr std::size_t bytes_of(Number n) { return n == Number::f32 ? 4 : n == Number::bf16 ? 2 : 1; }

inline constexpr int kTileRows = 48;
inline constexpr std::size_t kChunk = 512;                        // bytes of one row of a chunk
inline constexpr std::size_t kRowStride = kChunk + 64;            // not a power of two, for the cache's sake
inline constexpr std::size_t kChunkStride = kTileRows * kRowStride;
inline constexpr int kPanel = 32;  // output channels that are computed together

// Bytes of a tile with rows of `row` bytes.
constexpr std::size_t tile_bytes(std::size_t row) { return (row + kChunk - 1) / kChunk * kChunkStride; }
// Where byte `at` of row 0 lies.
constexpr std::size_t tile_offset(std::size_t at) { return at / kChunk * kChunkStride + at % kChunk; }

// What becomes of a sum s of output channel n:  f = s * scale[n] + offset[n], plus the residual, then
enum class Curve : std::uint8_t {
  none,
  lines,       // max(f, s * scale_below[n] + offset_below[n]); with a residual r: max(f + r, slope * (f + r))
  clip,        // min(max(f, low), high)
  hard_swish,  // f * clip(low * f + high, 0, 1)
};

struct TileProduct {
  const std::byte* tile;     // of numbers `in`
  const std::byte* weights;  // [panel][group][32 channels][numbers of a group], see pack_weights()
  int groups;                // of 32 bits, in a row
  int channels;              // of the output; beyond them, weights are 0 and nothing is stored
  int rows;                  // 1..48
  Number in, out;            // to u8: rounded and saturated, within +-2^31; curves none and lines, no residual

  // Of channel 0, by row. Chunks: these are rows of another tile.
  std::byte* const* to;
  bool to_tile;
  const std::byte* const* residual;  // of numbers `added`, f32 or bf16; or null
  Number added;

  const float *scale, *offset;  // for each channel up to the next multiple of 32
  Curve curve;
  const float *scale_below, *offset_below;  // lines without residual
  float slope;                              // lines with residual
  float low, high;                          // clip, hard_swish
};

// Two rows of a 3 x 3 depthwise convolution with stride 1, columns [begin, end), into a tile. Beyond the picture is 0.
//   bf16 in  out bf16, or u8: with 128 added, saturated; the channels of a tile are then in order for u8, and for bf16 in
//            the order of depthwise_order()
//   f32 in   out f32, in order
struct TileDepthwise {
  const std::byte* in[4];  // rows y - 1 .. y + 2, at column 0; rows outside point at zeros
  int width, begin, end;
  int channels;                // a multiple of 32
  Number number, out;          // of input and output
  const std::byte* taps;       // see pack_taps()
  const float* bias;           // in the order of the accumulators
  std::byte *to_first, *to_second;  // rows of the tile for column `begin` of either row
};

// Sets of kernels for one kind of processor.
struct TileKernels {
  const char* name;
  void (*product)(const TileProduct&);
  void (*depthwise)(const TileDepthwise&);
  // n numbers x + zero. To u8: saturate(round(x * scale[i % period] + zero)); scale null: 1.
  void (*convert)(Number from, Number to, const void* in, void* out, std::size_t n, const float* scale, std::size_t period,
                  float zero);
};

extern const TileKernels kPortableTiles;
#if defined(__x86_64__)
extern const TileKernels kAvx512Tiles;      // AVX-512 with VNNI
extern const TileKernels kAvx512Bf16Tiles;  // and BF16
#endif

// Channel of each place of 32, as the depthwise convolution leaves them: even and odd groups of four.
constexpr int depthwise_order(int place) {
  const int half = place % 16;
  return half / 4 * 8 + place / 16 * 4 + half % 4;
}

}  // namespace lc::nn
