// One side's network over a whole picture, or over those tiles of it that changed.
//
// A tile is computed by a plan for a window: the tile and as many latent positions around it as its values depend on,
// so that it comes out as from the whole picture, but for the rounding of other kernels. Windows at the picture's edges
// lie inside it, with that edge as theirs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codec/bundle.h"
#include "nn/plan.h"

namespace lc::codec {

class TiledNetwork {
 public:
  static constexpr int kTile = 8;  // latent positions to a side

  //   file           encoder.onnx or decoder.onnx, from 16 x 16 pixels to a position or back
  //   errors         what nn::Plan and Bundle say, with the file. Small pictures and networks that see too far have no
  //                  tiles: run() computes everything then.
  //   width, height  of pictures
  static Result<TiledNetwork> create(const Bundle& bundle, const char* file, int width, int height,
                                     const nn::PlanOptions& options);

  // Of a decoder whose options have a target: what run() paints, of the size given to create().
  ImageView painted() const { return painted_.view(); }
  // Of an encoder whose options have a picture: what run() reads.
  void set_picture(const ImageView& picture);

  // Of the whole picture, [h][w][channels]; they never move.
  std::span<float> input() { return whole_.input(0); }
  std::span<const float> output() const { return whole_.output(0); }
  const nn::Dims& output_shape() const { return whole_.output_shape(0); }
  const nn::Plan& plan() const { return whole_; }

  // What run() computes: everything, as at first, or only the tiles that depend on the positions marked,
  // [rows][columns]; everything where that is cheaper.
  void mark();
  void mark(std::span<const std::uint8_t> changed);
  bool is_all_marked() const { return marked_ == tiles_.size(); }
  bool is_any_marked() const { return marked_ > 0; }
  bool is_marked(int row, int column) const {
    return tiles_[static_cast<std::size_t>(row / kTile * tile_columns_ + column / kTile)] != 0;
  }

  // Leaves the rest of the output as it was.
  Result<> run();

  // What run() computed, to where all of it is kept: a tensor like output(), or a picture like painted().
  void copy_marked(std::span<float> to) const;
  void copy_marked(const MutableImageView& to) const;

 private:
  TiledNetwork(nn::Plan whole, std::optional<nn::Plan> window, int rows, int columns, int halo, int left,
               bool has_picture);
  void make_pictures(int width, int height, const nn::PictureFormat& format);
  // What is inside the picture, in latent positions.
  int rows_of_tile(int row) const { return row + 1 < tile_rows_ ? kTile : rows_ - row * kTile; }
  int columns_of_tile(int column) const { return column + 1 < tile_columns_ ? kTile : columns_ - column * kTile; }
  Result<> run_tile(int row, int column);
  template <class Work>
  void for_marked(Work work) const;

  nn::Plan whole_;
  std::optional<nn::Plan> window_;
  int rows_, columns_, halo_;
  int left_;  // the halo to the left of a tile: chroma that is painted takes part of the pixel before
  bool has_picture_;
  int tile_rows_, tile_columns_;
  ImageView picture_;
  Image painted_, window_painted_;
  int window_rows_, window_columns_;  // latent positions
  std::vector<std::uint8_t> tiles_;   // [tile_rows][tile_columns]
  std::size_t marked_ = 0;            // of them
};

}  // namespace lc::codec
