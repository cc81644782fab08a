#include <algorithm>
#include <cstring>

#include "nn/copy_run.h"
#include "nn/tile_task.h"

namespace lc::nn {
namespace {

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

class PaintTask : public Task {
 public:
  PaintTask(std::shared_ptr<const TilePaint> paint, const PaintSlot& slot, Rows out, const std::byte* from)
      : paint_(std::move(paint)), slot_(slot), out_(out), from_(from), samples_(size(paint_->matrix->channels)) {}

  std::string name() const override {
    return fmt::format("tile_paint:{}:{}", to_string(paint_->format), paint_->kernels->name);
  }
  std::size_t scratch_bytes() const override { return tile_size() + float_size() + kTileRows * samples_; }
  void bind_scratch(void* scratch) override {
    tile_ = static_cast<std::byte*>(scratch);
    floats_ = reinterpret_cast<float*>(tile_ + tile_size());
    bytes_ = reinterpret_cast<std::uint8_t*>(tile_ + tile_size() + float_size());
  }

  Result<> run() const override { return update({}); }
  Result<> update(const Marked& marked) const override {
    Tile tile;
    for (std::int64_t y = out_.begin; y < out_.end; ++y)
      for_runs(marked, paint_->rows, paint_->columns, y, y + 1, [&](int begin, int end) {
        // The block before adds to the chroma of the first one.
        for (int x = has_chroma() ? std::max(begin - 1, 0) : begin; x < end; ++x) {
          tile.at[tile.used++] = {static_cast<int>(y), x, x >= begin};
          if (tile.used == kTileRows) flush(tile);
        }
      });
    flush(tile);
    return {};
  }

 private:
  bool has_chroma() const { return paint_->format == PixelFormat::i420 || paint_->format == PixelFormat::nv12; }
  std::size_t half() const { return size(paint_->block / 2); }
  std::size_t tile_size() const { return tile_bytes(size(paint_->matrix->groups) * 4); }
  // What chroma takes from the block to the left is added before anything is rounded.
  std::size_t float_size() const { return has_chroma() ? kTileRows * samples_ * sizeof(float) + 2 * half() * sizeof(float) : 0; }

  struct Block {
    int y, x;       // of the input
    bool is_shown;  // else only what it adds to the next one counts
  };
  struct Tile {
    int used = 0;
    Block at[kTileRows];
  };

  // Computes and paints the blocks that were put into the tile, and empties it.
  void flush(Tile& tile) const {
    const TilePaint& p = *paint_;
    const int rows = tile.used;
    if (rows == 0) return;
    const PackedMatrix& m = *p.matrix;
    const std::size_t pixel = size(p.channels) * bytes_of(p.from), in_chunk = kChunk / bytes_of(m.number);
    std::byte* to[kTileRows];
    for (int r = 0; r < rows; ++r) {
      const std::byte* from = from_ + size((tile.at[r].y - out_.begin) * p.columns + tile.at[r].x) * pixel;
      for (std::size_t n = 0; n < size(p.channels); n += in_chunk)
        p.kernels->convert(p.from, m.number, from + n * bytes_of(p.from),
                           tile_ + size(r) * kRowStride + tile_offset(n * bytes_of(m.number)),
                           std::min(in_chunk, size(p.channels) - n), nullptr, 1, 0);
      const std::size_t used = size(p.channels) * bytes_of(m.number), all = size(m.groups) * 4;
      if (used < all) std::memset(tile_ + size(r) * kRowStride + tile_offset(used), 0, all - used);
      to[r] = has_chroma() ? reinterpret_cast<std::byte*>(floats_ + size(r) * samples_)
                           : reinterpret_cast<std::byte*>(bytes_ + size(r) * samples_);
    }
    p.kernels->product(product_of(m, {}, tile_, rows, has_chroma() ? Number::f32 : Number::u8, to));
    if (has_chroma()) {
      carry(tile);
      p.kernels->convert(Number::f32, Number::u8, floats_, bytes_, size(rows) * samples_, nullptr, 1, 0);
    }
    for (int r = 0; r < rows; ++r)
      if (tile.at[r].is_shown) paint(tile.at[r].x, tile.at[r].y, bytes_ + size(r) * samples_);
    tile.used = 0;
  }

  // What the last column of each block adds to the first chroma column of the next.
  void carry(const Tile& tile) const {
    const std::size_t h = half(), plane = h * h + 2 * h;
    float* kept = floats_ + kTileRows * samples_;  // of the last block of the tile before: [U, V][half]
    for (int r = 0; r < tile.used; ++r) {
      for (std::size_t uv = 0; uv < 2; ++uv) {
        float* own = floats_ + size(r) * samples_ + size(paint_->block) * size(paint_->block) + uv * plane;
        const float* left = tile.at[r].x == 0 ? own + h * h + h : kept + uv * h;
        for (std::size_t i = 0; i < h; ++i) own[i * h] += left[i];
        std::copy_n(own + h * h, h, kept + uv * h);
      }
    }
  }

  void paint(int column, int row, const std::uint8_t* samples) const {
    const MutableImageView& out = slot_.view;
    const int block = paint_->block, pixel = out.format == PixelFormat::rgb ? 3 : 1;
    put(samples, block * pixel, block, out, 0, column * block * pixel, row * block, out.width * pixel, out.height);
    if (!has_chroma()) return;
    const int h = block / 2, plane = h * h + 2 * h;
    const int width = chroma_size(out.width), height = chroma_size(out.height);
    const std::uint8_t *u = samples + block * block, *v = u + plane;
    if (out.format == PixelFormat::i420) {
      put(u, h, h, out, 1, column * h, row * h, width, height);
      put(v, h, h, out, 2, column * h, row * h, width, height);
      return;
    }
    for (int i = 0; i < h && row * h + i < height; ++i) {
      std::uint8_t* to = out.row(1, row * h + i) + 2 * column * h;
      for (int j = 0; j < h && column * h + j < width; ++j) {
        to[2 * j] = u[i * h + j];
        to[2 * j + 1] = v[i * h + j];
      }
    }
  }

  // A rectangle of bytes to (x, y) of a plane, as far as it lies inside.
  static void put(const std::uint8_t* from, int columns, int rows, const MutableImageView& out, int plane, int x, int y, int width,
                  int height) {
    const int inside = std::min(columns, width - x);
    if (inside <= 0) return;
    for (int i = 0; i < rows && y + i < height; ++i, from += columns) {
      std::uint8_t* to = out.row(plane, y + i) + x;
      copy_run(to, from, size(inside));
    }
  }

  std::shared_ptr<const TilePaint> paint_;
  const PaintSlot& slot_;
  Rows out_;
  const std::byte* from_;
  std::size_t samples_;  // of a block
  std::byte* tile_ = nullptr;
  float* floats_ = nullptr;
  std::uint8_t* bytes_ = nullptr;
};

}  // namespace

std::unique_ptr<Task> paint_task(std::shared_ptr<const TilePaint> paint, const PaintSlot& slot, Rows out, const std::byte* from) {
  return std::make_unique<PaintTask>(std::move(paint), slot, out, from);
}

}  // namespace lc::nn
