#include <algorithm>
#include <cstring>

#include "nn/copy_run.h"
#include "nn/lower.h"
#include "nn/tile_task.h"

namespace lc::nn {
namespace {

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

class ConvTask : public Task {
 public:
  ConvTask(std::shared_ptr<const TileConv> conv, Rows out, const std::byte* from, std::int64_t first,
           const std::byte* residual, std::byte* to)
      : conv_(std::move(conv)), out_(out), to_(to), residual_(residual), number_bytes_(bytes_of(conv_->matrix->number)) {
    Window cut;
    const Window& w = conv_->window;
    in_ = cut_window(w, out, cut);
    pixel_ = size(conv_->channels) * number_bytes_;
    row_ = size(w.in[1]) * pixel_;
    from_ = from + static_cast<std::size_t>(in_.begin - first) * size(w.in[1]) * size(conv_->channels) * bytes_of(conv_->from);
    converts_ = conv_->from != conv_->matrix->number;
    pixels_ = converts_ ? nullptr : from_;
  }

  std::string name() const override {
    return fmt::format("tile_conv:{}:{}", to_string(conv_->matrix->number), conv_->kernels->name);
  }

  std::size_t scratch_bytes() const override { return tile_size() + staged_size() + (converts_ ? converted_size() : 0); }
  void bind_scratch(void* scratch) override {
    tile_ = static_cast<std::byte*>(scratch);
    staged_ = tile_ + tile_size();
    if (converts_) pixels_ = converted_ = staged_ + staged_size();
  }

  Result<> run() const override { return update({}); }
  Result<> update(const Marked& marked) const override {
    const TileConv& c = *conv_;
    if (converts_)
      c.kernels->convert(c.from, c.matrix->number, from_, converted_,
                         size(in_.size()) * size(c.window.in[1]) * size(c.channels),
                         c.inverse_step.empty() ? nullptr : c.inverse_step.data(), size(c.channels), c.zero);
    Tile tile;
    for (std::int64_t y = out_.begin; y < out_.end; ++y)
      for_runs(marked, c.window.out[0], static_cast<int>(c.window.out[1]), y, y + 1, [&](int begin, int end) {
        for (int x = begin; x < end; ++x) {
          tile.at[tile.used++] = {y, x};
          if (tile.used == kTileRows) flush(tile);
        }
      });
    flush(tile);
    return {};
  }

 private:
  std::size_t tile_size() const { return tile_bytes(size(conv_->matrix->groups) * 4); }
  std::size_t result_bytes() const { return size(conv_->matrix->channels) * bytes_of(conv_->to); }
  std::size_t staged_size() const { return conv_->block == 1 ? 0 : (kTileRows * result_bytes() + 63) / 64 * 64; }
  std::size_t converted_size() const { return size(in_.size()) * row_; }

  struct Pixel {
    std::int64_t y, x;  // of the result
  };
  struct Tile {
    int used = 0;
    Pixel at[kTileRows];
  };

  // Computes the pixels that were put into the tile, and empties it.
  void flush(Tile& tile) const {
    const TileConv& c = *conv_;
    const PackedMatrix& m = *c.matrix;
    if (tile.used == 0) return;
    std::byte* to[kTileRows];
    const std::byte* residual[kTileRows];
    for (int r = 0; r < tile.used; ++r) {
      const auto [y, x] = tile.at[r];
      const std::size_t pixel = size((y - out_.begin) * c.window.out[1] + x);
      gather(y, x, tile_ + size(r) * kRowStride);
      to[r] = c.block > 1 ? staged_ + size(r) * result_bytes() : to_ + pixel * result_bytes();
      residual[r] = residual_ ? residual_ + pixel * size(m.channels) * bytes_of(c.added) : nullptr;
    }
    TileProduct product = product_of(m, c.finish, tile_, tile.used, c.to, to);
    if (residual_) product.residual = residual;
    product.added = c.added;
    c.kernels->product(product);
    if (c.block > 1) scatter(tile);
    tile.used = 0;
  }

  // The pixels under the window for pixel (y, x) of the result, into a row of the tile.
  void gather(std::int64_t y, std::int64_t x, std::byte* row) const {
    const Window& w = conv_->window;
    const std::int64_t top = y * w.stride[0] - w.pad_begin[0], left = x * w.stride[1] - w.pad_begin[1];
    std::size_t at = 0;
    for (std::int64_t i = 0; i < w.kernel[0]; ++i) {
      const std::int64_t in_row = top + i * w.dilation[0];
      const bool exists = in_row >= 0 && in_row < w.in[0];
      const std::byte* line = exists ? pixels_ + size(in_row - in_.begin) * row_ : nullptr;
      if (w.dilation[1] == 1) {
        // Columns [before, end) of the window lie in the picture.
        const std::int64_t before = exists ? std::clamp<std::int64_t>(-left, 0, w.kernel[1]) : w.kernel[1];
        const std::int64_t end = std::clamp<std::int64_t>(w.in[1] - left, before, w.kernel[1]);
        put_zeros(row, at, size(before));
        if (before < end) put(row, at, line + size(left + before) * pixel_, size(end - before));
        put_zeros(row, at, size(w.kernel[1] - end));
      } else {
        for (std::int64_t j = 0; j < w.kernel[1]; ++j) {
          const std::int64_t column = left + j * w.dilation[1];
          if (exists && column >= 0 && column < w.in[1])
            put(row, at, line + size(column) * pixel_, 1);
          else
            put_zeros(row, at, 1);
        }
      }
    }
    const std::size_t end = size(conv_->matrix->groups) * 4;
    if (at < end) std::memset(row + tile_offset(at), 0, end - at);  // less than a group
  }

  void put(std::byte* row, std::size_t& at, const std::byte* from, std::size_t pixels) const {
    for (std::size_t left = pixels * pixel_; left > 0;) {
      const std::size_t n = std::min(left, kChunk - at % kChunk);
      copy_run(row + tile_offset(at), from, n);
      at += n, from += n, left -= n;
    }
  }
  void put_zeros(std::byte* row, std::size_t& at, std::size_t pixels) const {
    for (std::size_t left = pixels * pixel_; left > 0;) {
      const std::size_t n = std::min(left, kChunk - at % kChunk);
      std::memset(row + tile_offset(at), conv_->zero, n);
      at += n, left -= n;
    }
  }

  // Staged results to where DepthToSpace has them.
  void scatter(const Tile& tile) const {
    const std::size_t columns = size(conv_->window.out[1]);
    const std::size_t block = size(conv_->block), run = result_bytes() / block;  // of one row of the block
    for (int r = 0; r < tile.used; ++r) {
      const std::byte* from = staged_ + size(r) * result_bytes();
      std::byte* to = to_ + (size(tile.at[r].y - out_.begin) * block * columns + size(tile.at[r].x)) * run;
      for (std::size_t i = 0; i < block; ++i) copy_run(to + i * columns * run, from + i * run, run);
    }
  }

  std::shared_ptr<const TileConv> conv_;
  Rows out_, in_{};
  const std::byte* from_;
  std::byte* to_;
  const std::byte* residual_;
  std::size_t number_bytes_, pixel_, row_;
  bool converts_;
  const std::byte* pixels_;  // row in_.begin, as the product sums them
  std::byte *tile_ = nullptr, *staged_ = nullptr, *converted_ = nullptr;
};

class StoreTask : public Task {
 public:
  StoreTask(const TileKernels& kernels, Number from_number, Number to_number, std::size_t numbers, const std::byte* from,
            std::byte* to)
      : kernels_(kernels), from_number_(from_number), to_number_(to_number), numbers_(numbers), from_(from), to_(to) {}
  std::string name() const override { return fmt::format("store:{}", kernels_.name); }
  Result<> run() const override {
    kernels_.convert(from_number_, to_number_, from_, to_, numbers_, nullptr, 1, 0);
    return {};
  }

 private:
  const TileKernels& kernels_;
  Number from_number_, to_number_;
  std::size_t numbers_;
  const std::byte* from_;
  std::byte* to_;
};

}  // namespace

std::unique_ptr<Task> store_task(const TileKernels& kernels, Number from_number, Number to_number, std::size_t numbers,
                                 const std::byte* from, std::byte* to) {
  return std::make_unique<StoreTask>(kernels, from_number, to_number, numbers, from, to);
}

std::unique_ptr<Task> conv_task(std::shared_ptr<const TileConv> conv, Rows out, const std::byte* from, std::int64_t first,
                                const std::byte* residual, std::byte* to) {
  return std::make_unique<ConvTask>(std::move(conv), out, from, first, residual, to);
}

}  // namespace lc::nn
