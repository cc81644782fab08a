// Layers to tasks: how each layer is computed, for all of its rows or for a strip of them.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "nn/fuse.h"
#include "nn/layout.h"
#include "nn/task.h"
#include "nn/tile_task.h"

namespace lc::nn {

// Where a value lies, or the strip of it that is kept: `data` is the beginning of row `first`.
struct Place {
  std::byte* data = nullptr;
  std::int64_t first = 0;
};

class Lowering {
 public:
  //   read, paint  what Patches and Paint work on, of these formats
  Lowering(const Folded& graph, const Tiling& tiling, const PictureFormat& read_format, const PictureSlot& read,
           const PictureFormat& paint_format, const PaintSlot& paint, onednn::Device device)
      : graph_(graph),
        tiling_(tiling),
        read_format_(read_format),
        read_(read),
        paint_format_(paint_format),
        paint_(paint),
        device_(std::move(device)) {}

  // The layer's output is its first input under another shape: no work, same memory.
  bool is_alias(const Layer& layer) const;
  // How the value is stored, and bytes of its elements.
  Number stored(int value) const { return tiling_.stored(value); }
  std::size_t bytes(int value, std::int64_t elements) const {
    return tiling_.has_memory(value) ? static_cast<std::size_t>(elements) * bytes_of(stored(value)) : 0;
  }

  // The layer can be computed for some rows of its output alone.
  bool can_cut(const Layer& layer) const;
  // Rows of the output come in multiples of this.
  std::int64_t row_multiple(const Layer& layer) const;
  // Rows of `value`, which the layer reads, that rows `out` of its output depend on.
  Result<Rows> needed(const Layer& layer, int value, Rows out) const;

  // The tasks for rows `out` (all of them, if the layer cannot be cut).
  //   places      of each value that the layer reads and of its output
  //   in_place    the residual lies where the output goes already
  using Places = std::unordered_map<int, Place>;
  Result<Tasks> make(const Layer& layer, Rows out, const Places& places, bool in_place);

  // Multiply-adds of our own kernels over these numbers, of all layers made so far.
  std::uint64_t tile_macs(Number number) const { return tile_macs_[static_cast<std::size_t>(number)]; }

  // Frees plain weights, which are packed by now; no more layers are made after this.
  void drop_plain_weights();

  // The value as it would lie in memory; stays as long as this object.
  const float* constant_in_memory(int value);

 private:
  struct Job;  // what one call of make() works on
  using MakeKernel = std::function<Result<onednn::Kernel>(const std::vector<onednn::PostOp>&)>;

  // lower_kernels.cc: what oneDNN computes
  Result<> convolution(Job& job);
  Result<> pooling(Job& job);
  Result<> dense(Job& job);
  Result<> matrices(Job& job);
  Result<> activations(Job& job);
  const float* row_major(Job& job, const Dims& dims, const float* memory);
  Result<onednn::Kernel> conv_kernel(const Layer& layer, const ConvParams& p,
                                     const std::vector<onednn::PostOp>& post);
  Result<> with_post(Job& job, const float* source, const MakeKernel& make);
  Result<> activate(Job& job, const Activation& f);

  // lower_loops.cc: what our own loops compute
  Result<> arithmetic(Job& job);
  Result<> batch_norm(Job& job);
  Result<> quantisation(Job& job);
  Result<> mean(Job& job);
  Result<> softmax(Job& job);
  // {output, input, parameter}: one parameter for each place of the axis `along`, or one for all.
  static Nest<3> per_place(const Job& job, std::optional<std::size_t> along);

  // lower_moves.cc: what only moves elements, or mixes neighbours
  Result<> concat(Job& job);
  Result<> expand(Job& job);
  Result<> blocks(Job& job);
  Result<> reorder(Job& job);
  Result<> indices(Job& job);
  Result<> linear_resize(Job& job);

  // lower_tiles.cc: what our own kernels compute
  Result<> tiles(Job& job);
  Result<> tile_block(Job& job);
  Result<> tile_conv(Job& job);
  Result<> store(Job& job);
  Result<> tile_patch(Job& job);
  Result<> tile_paint(Job& job);
  std::shared_ptr<const TileBlock> pack_block(const Layer& layer);
  Result<std::shared_ptr<const TileConv>> pack_conv(const Layer& layer);
  Rows conv_rows(const Layer& layer, Rows rows) const;
  // What the u8 numbers of each channel of a value are to mean; none where the graph does not say, or the plan has none.
  std::optional<Steps> steps(int value, int channels) const;
  std::optional<Steps> steps_of_convolution(int value, int channels) const;
  void count_macs(Number number, std::int64_t pixels, std::int64_t summed, std::int64_t channels) {
    tile_macs_[static_cast<std::size_t>(number)] += static_cast<std::uint64_t>(pixels * summed * channels);
  }

  float* keep(std::vector<float> values);

  const Folded& graph_;
  const Tiling& tiling_;
  const PictureFormat read_format_;
  const PictureSlot& read_;
  const PictureFormat paint_format_;
  const PaintSlot& paint_;
  std::array<std::uint64_t, 3> tile_macs_{};  // by Number
  onednn::Device device_;
  std::map<std::pair<int, bool>, onednn::Weights>
      weights_;                                // by output of the layer, and whether they are folded
  std::map<int, std::shared_ptr<const TileBlock>> blocks_;  // by output
  std::map<int, std::shared_ptr<const TileConv>> convs_;
  std::map<int, std::shared_ptr<const TilePatch>> patches_;
  std::map<int, std::shared_ptr<const TilePaint>> paints_;
  std::unordered_map<int, std::shared_ptr<const Blob>> constants_;  // by value, in memory order
  std::vector<std::unique_ptr<std::vector<float>>> kept_;
};

struct Lowering::Job {
  const Lowering& lowering;
  const Layer& layer;
  const Call call;
  const Rows rows;  // of the output
  const Places& places;
  const bool in_place;
  std::vector<const float*> in;  // beginning of each input of the node: row 0, or the first that is kept
  Tasks tasks;

  const Dims& out_dims() const { return lowering.graph_.dims(layer.output); }
  bool is_cut() const { return rows != Rows{0, row_count(out_dims())}; }
  float* out() const { return at(layer.output, rows.begin); }
  std::int64_t out_elements() const {
    return out_dims().size() == 4 ? out_dims()[0] * row_elements(out_dims()) * rows.size()
                                  : count(out_dims());
  }
  // First kept row of an input of the node.
  std::int64_t first(std::size_t input) const;
  // Beginning of a row of a value known at run time.
  float* at(int value, std::int64_t row) const { return reinterpret_cast<float*>(bytes_at(value, row)); }
  std::byte* bytes_at(int value, std::int64_t row) const;
};

Result<IndexMap> index_map(const Call& call);  // of Slice, Split, Pad, Gather, Resize of mode nearest

// For rows `out` of what the window slides to: the rows it slides over, and the window with what is left of
// its padding.
Rows cut_window(const Window& whole, Rows out, Window& cut);

}  // namespace lc::nn
