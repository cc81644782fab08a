#include <algorithm>

#include "nn/tile_task.h"

namespace lc::nn {
namespace {

class PatchTask : public Task {
 public:
  PatchTask(std::shared_ptr<const TilePatch> patch, const PictureSlot& slot, Rows out, std::byte* to)
      : patch_(std::move(patch)), slot_(slot), out_(out), to_(to) {}

  std::string name() const override {
    return fmt::format("tile_patch:{}:{}", to_string(patch_->format), patch_->kernels->name);
  }
  std::size_t scratch_bytes() const override { return tile_size() + sample_bytes(); }
  void bind_scratch(void* scratch) override {
    tile_ = static_cast<std::byte*>(scratch);
    samples_ = reinterpret_cast<std::uint8_t*>(tile_ + tile_size());
  }

  Result<> run() const override { return update({}); }
  Result<> update(const Marked& marked) const override {
    const TilePatch& p = *patch_;
    const PackedMatrix& m = *p.matrix;
    const std::size_t pixel = static_cast<std::size_t>(m.channels) * bytes_of(p.to);
    std::byte* to[kTileRows];
    int rows = 0;
    const auto flush = [&] {
      if (rows == 0) return;
      p.kernels->product(product_of(m, p.finish, tile_, rows, p.to, to));
      rows = 0;
    };
    for (std::int64_t y = out_.begin; y < out_.end; ++y)
      for_runs(marked, p.rows, p.columns, y, y + 1, [&](int begin, int end) {
        std::byte* row = to_ + static_cast<std::size_t>((y - out_.begin) * p.columns) * pixel;
        for (int x = begin; x < end; ++x) {
          p.reader.read(slot_.view, slot_.x + x * p.side, slot_.y + static_cast<int>(y) * p.side, samples_);
          spread(tile_ + static_cast<std::size_t>(rows) * kRowStride);
          to[rows++] = row + static_cast<std::size_t>(x) * pixel;
          if (rows == kTileRows) flush();
        }
      });
    flush();
    return {};
  }

 private:
  std::size_t tile_size() const { return tile_bytes(static_cast<std::size_t>(patch_->matrix->groups) * 4); }
  // With room for the last group, which stays 128: nothing.
  std::size_t sample_bytes() const { return static_cast<std::size_t>(patch_->matrix->groups) * 4 + 64; }

  void spread(std::byte* row) const {
    const std::size_t number = bytes_of(patch_->matrix->number), in_chunk = kChunk / number;
    const std::size_t samples = static_cast<std::size_t>(patch_->reader.samples());
    const std::size_t all = static_cast<std::size_t>(patch_->matrix->groups) * 4 / number;
    std::fill(samples_ + samples, samples_ + all, std::uint8_t{128});
    for (std::size_t done = 0; done < all; done += in_chunk)
      patch_->kernels->convert(Number::u8, patch_->matrix->number, samples_ + done, row + tile_offset(done * number),
                               std::min(in_chunk, all - done), nullptr, 1, -128);
  }

  std::shared_ptr<const TilePatch> patch_;
  const PictureSlot& slot_;
  Rows out_;
  std::byte* to_;
  std::byte* tile_ = nullptr;
  std::uint8_t* samples_ = nullptr;
};

}  // namespace

std::unique_ptr<Task> patch_task(std::shared_ptr<const TilePatch> patch, const PictureSlot& slot, Rows out, std::byte* to) {
  return std::make_unique<PatchTask>(std::move(patch), slot, out, to);
}

}  // namespace lc::nn
