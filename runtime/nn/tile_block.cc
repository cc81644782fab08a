#include <algorithm>

#include "nn/tile_task.h"

namespace lc::nn {
namespace {

// Pixels of a tile: columns [begin, end) of rows y and, if it is due, y + 1.
struct Segment {
  std::int64_t y;
  int begin, end, rows;
};

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

  Result<> run() const override { return update({}); }
  Result<> update(const Marked& marked) const override {
    Tile tile;
    for (std::int64_t y = out_.begin; y < out_.end; y += 2)
      for_runs(marked, block_->rows, block_->columns, y, out_.end, [&](int begin, int end) {
        const int rows = y + 1 < out_.end ? 2 : 1;
        while (begin < end) {
          const int next = std::min(end, begin + (kTileRows - tile.used) / 2);
          if (next > begin) fill(tile, {y, begin, next, rows});
          if (next < end) flush(tile);
          begin = next;
        }
      });
    flush(tile);
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

  // Where each pixel of the tile comes from and goes to.
  struct Tile {
    int used = 0;
    std::byte* result[kTileRows];
    const std::byte* residual[kTileRows];
  };

  // Adds the depthwise results of these pixels to the tile, which has room for two rows of them.
  void fill(Tile& tile, const Segment& s) const {
    const TileBlock& b = *block_;
    const int columns = s.end - s.begin;
    std::byte* first = tile_ + static_cast<std::size_t>(tile.used) * kRowStride;
    // Of a single row the second one is computed from whatever lies below, over the same rows of the tile.
    const bool two = s.rows == 2;
    b.kernels->depthwise({{input_row(s.y - 1), input_row(s.y), input_row(s.y + 1), two ? input_row(s.y + 2) : b.zeros->get()},
                          b.columns, s.begin, s.end, b.depth->channels, b.from, b.widen->number,
                          b.depth->taps.get(), b.depth->bias.data(), first,
                          first + static_cast<std::size_t>(columns) * kRowStride});
    for (std::int64_t y = s.y; y < s.y + s.rows; ++y) {
      std::byte* to = to_ + (y - out_.begin) * row_bytes_of(b.to);
      const std::byte* from = input_row(y);
      for (int x = s.begin; x < s.end; ++x) {
        tile.result[tile.used] = to + x * pixel_bytes(b.to);
        tile.residual[tile.used++] = from + x * pixel_bytes(b.from);
      }
    }
  }

  // Computes what the tile holds, and empties it.
  void flush(Tile& tile) const {
    const TileBlock& b = *block_;
    if (tile.used == 0) return;
    std::byte* hidden[kTileRows];
    for (int i = 0; i < tile.used; ++i) hidden[i] = hidden_ + static_cast<std::size_t>(i) * kRowStride;
    TileProduct widen = product_of(*b.widen, {.curve = Curve::lines}, tile_, tile.used, b.narrow->number, hidden);
    widen.to_tile = true;
    b.kernels->product(widen);
    TileProduct narrow = product_of(*b.narrow, {}, hidden_, tile.used, b.to, tile.result);
    narrow.residual = tile.residual;
    narrow.added = b.from;
    b.kernels->product(narrow);
    tile.used = 0;
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
