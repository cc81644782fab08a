// Tasks of our own kernels.
#pragma once

#include <memory>

#include "nn/layout.h"
#include "nn/op_params.h"
#include "nn/pack.h"
#include "nn/picture.h"
#include "nn/task.h"
#include "nn/tiling.h"

namespace lc::nn {

// The product of `rows` rows of a tile with a matrix, without a residual; the caller may add one.
inline TileProduct product_of(const PackedMatrix& m, const Finish& finish, const std::byte* tile, int rows, Number out,
                              std::byte* const* to) {
  return {.tile = tile,
          .weights = m.weights.get(),
          .groups = m.groups,
          .channels = m.channels,
          .rows = rows,
          .in = m.number,
          .out = out,
          .to = to,
          .to_tile = false,
          .residual = nullptr,
          .added = Number::f32,
          .scale = m.scale.data(),
          .offset = m.offset.data(),
          .curve = finish.curve,
          .scale_below = m.scale_below.data(),
          .offset_below = m.offset_below.data(),
          .slope = finish.slope,
          .low = finish.low,
          .high = finish.high};
}

// A residual block on pictures [rows][columns][channels]; all its constants, for the tasks of its strips. Here and below,
// what is packed may be shared with other plans.
struct TileBlock {
  const TileKernels* kernels;
  std::shared_ptr<const PackedDepthwise> depth;
  std::shared_ptr<const PackedMatrix> widen, narrow;
  Number from, to;  // how input and output are stored
  int rows, columns;
  std::shared_ptr<const Blob> zeros;  // a row beyond the picture
};
// Rows `out` of the result.
//   from   row `first` of the input
//   to     row out.begin of the output
std::unique_ptr<Task> block_task(std::shared_ptr<const TileBlock> block, Rows out, const std::byte* from, std::int64_t first,
                                 std::byte* to);

// A convolution on a picture, as products of gathered pixels.
struct TileConv {
  const TileKernels* kernels;
  std::shared_ptr<const PackedMatrix> matrix;  // sums over [kernel row][kernel column][channel]
  Finish finish;
  Number from, to, added;  // how input, output and residual are stored
  Window window;           // of the whole picture
  int channels;            // of the input
  int block = 1;           // > 1: the result is moved to space, mode DCR
  std::vector<float> inverse_step;  // of each channel, where sums go over u8
  std::uint8_t zero = 0;            // what a pixel beyond the picture is, likewise
};
// Rows `out` of the convolution's result, before it is moved to space.
//   from      row `first` of the input
//   residual  row out.begin of it, or null
//   to        row out.begin of the result, or block * out.begin
std::unique_ptr<Task> conv_task(std::shared_ptr<const TileConv> conv, Rows out, const std::byte* from, std::int64_t first,
                                const std::byte* residual, std::byte* to);

// A first layer whose window moves by its own size, on a picture of bytes.
struct TilePatch {
  const TileKernels* kernels;
  PixelFormat format;
  PatchReader reader;
  std::shared_ptr<const PackedMatrix> matrix;  // sums over samples - 128
  Finish finish;
  Number to;
  int side, rows, columns;  // of the window; of the result
};
// Rows `out` of the result, from what `slot` holds when it runs.
std::unique_ptr<Task> patch_task(std::shared_ptr<const TilePatch> patch, const PictureSlot& slot, Rows out, std::byte* to);

// A last convolution of 1 x 1, whose results are blocks of pixels, into a picture of bytes.
struct TilePaint {
  const TileKernels* kernels;
  PixelFormat format;
  std::shared_ptr<const PackedMatrix> matrix;
  Number from;  // how the input is stored
  int channels, rows, columns, block;  // of the input; of the blocks
};
// Blocks of rows `out`.
//   from  row out.begin of the input
std::unique_ptr<Task> paint_task(std::shared_ptr<const TilePaint> paint, const PaintSlot& slot, Rows out, const std::byte* from);

// Rows of `numbers` numbers each, stored in another way.
std::unique_ptr<Task> store_task(const TileKernels& kernels, Number from_number, Number to_number, std::size_t numbers,
                                 const std::byte* from, std::byte* to);

}  // namespace lc::nn
