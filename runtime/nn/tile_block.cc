#include <algorithm>

#include "nn/tile_task.h"

namespace lc::nn {
namespace {

// Two rows of this many pixels fill a tile.
constexpr int kColumns = kTileRows / 2;

class BlockTask : public Task {
 public:
  BlockTask(std::shared_ptr<const TileBlock> block, Rows out, const std::byte* from, std::int64_t first, std::byte* to)
      : block_(std::move(block)), out_(out), from_(from), to_(to), first_(first) {}

  std::string name() const override {
    return fmt::format("tile_block:{}:{}", to_string(block_->widen->number), block_->kernels->name);
  }

  std::size_t scratch_bytes() const override { return first_tile_bytes() + tile_bytes(row_bytes(*block_->narrow)); }
  void bind_scratch(void* scratch) override {
    tile_ = static_cast<std::byte*>(scratch);
    hidden_ = tile_ + first_tile_bytes();
  }

  Result<> run() const override {
    const std::ptrdiff_t row = row_bytes_of(block_->to);
    for (std::int64_t y = out_.begin; y < out_.end; y += 2)
      for (int begin = 0; begin < block_->columns; begin += kColumns)
        compute(y, begin, std::min(begin + kColumns, block_->columns), to_ + (y - out_.begin) * row);
    return {};
  }

 private:
  // What the rows of the tile for a product take.
  static std::size_t row_bytes(const PackedMatrix& m) { return static_cast<std::size_t>(m.groups) * 4; }
  std::size_t first_tile_bytes() const { return tile_bytes(row_bytes(*block_->widen)); }
  // Of a pixel of the input or of the result.
  std::ptrdiff_t pixel_bytes(Number n) const {
    return std::ptrdiff_t{block_->depth->channels} * static_cast<std::ptrdiff_t>(bytes_of(n));
  }
  std::ptrdiff_t row_bytes_of(Number n) const { return block_->columns * pixel_bytes(n); }

  const std::byte* input_row(std::int64_t y) const {
    if (y < 0 || y >= block_->rows) return block_->zeros->get();
    return from_ + (y - first_) * row_bytes_of(block_->from);
  }

  // Columns [begin, end) of rows y and, if it is due, y + 1.
  void compute(std::int64_t y, int begin, int end, std::byte* to) const {
    const TileBlock& b = *block_;
    const bool two = y + 1 < out_.end;
    const int columns = end - begin;
    // Of a single row the second one is computed from whatever lies below, and dropped.
    const std::byte* last = two ? input_row(y + 2) : b.zeros->get();
    b.kernels->depthwise({{input_row(y - 1), input_row(y), input_row(y + 1), last},
                          b.columns, begin, end, b.depth->channels, b.from, b.widen->number,
                          b.depth->taps.get(), b.depth->bias.data(), tile_,
                          tile_ + static_cast<std::size_t>(columns) * kRowStride});
    std::byte *hidden[kTileRows], *result[kTileRows];
    const std::byte* residual[kTileRows];
    const int rows = two ? 2 * columns : columns;
    for (int i = 0; i < rows; ++i) {
      const std::ptrdiff_t pixel = (i < columns ? 0 : b.columns - columns) + begin + i;
      hidden[i] = hidden_ + static_cast<std::size_t>(i) * kRowStride;
      result[i] = to + pixel * pixel_bytes(b.to);
      residual[i] = input_row(y) + pixel * pixel_bytes(b.from);
    }
    TileProduct widen = product_of(*b.widen, {.curve = Curve::lines}, tile_, rows, b.narrow->number, hidden);
    widen.to_tile = true;
    b.kernels->product(widen);
    TileProduct narrow = product_of(*b.narrow, {}, hidden_, rows, b.to, result);
    narrow.residual = residual;
    narrow.added = b.from;
    b.kernels->product(narrow);
  }

  std::shared_ptr<const TileBlock> block_;
  Rows out_;
  const std::byte* from_;
  std::byte* to_;
  std::int64_t first_;
  std::byte *tile_ = nullptr, *hidden_ = nullptr;
};

}  // namespace

std::unique_ptr<Task> block_task(std::shared_ptr<const TileBlock> block, Rows out, const std::byte* from, std::int64_t first,
                                 std::byte* to) {
  return std::make_unique<BlockTask>(std::move(block), out, from, first, to);
}

}  // namespace lc::nn
