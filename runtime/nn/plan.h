// A graph made ready to run: shapes fixed, constants folded, layers fused, kernels chosen, memory laid out.
//
// Plans hold equal constants together, in whatever threads they run (base/shared.h).
//
// Tensors at the border: rank 4 is NHWC float32 (ONNX says NCHW), every other rank as in ONNX. Input and
// output memory belongs to the plan and never moves; what is written into an input stays there over runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "nn/graph.h"
#include "nn/marks.h"
#include "nn/picture.h"

namespace lc::nn {

enum class Precision { f32, bf16, int8 };
std::string_view to_string(Precision precision);
// Those that this processor computes faster than f32, the fastest first, then f32.
std::vector<Precision> fast_precisions();

struct PlanOptions {
  std::vector<Dims> input_dims;  // NCHW, one for each input of the graph; empty: as in the file
  int threads = 1;               // 1..64; 1 stays on the calling thread and makes no other
  Precision precision = Precision::f32;
  // The graph's only input, or output, of 1 or 3 channels, is a picture of bytes: see set_picture() and set_target().
  std::optional<PictureFormat> picture, target;
  // Cells of the graph's only input that update() is told of. Every layer's result is kept then, which takes memory.
  std::optional<Grid> cells;
};

class Plan {
 public:
  //   errors   invalid_config (dimensions, threads), unsupported (operator, precision, size), backend
  static Result<Plan> create(const Graph& graph, const PlanOptions& options = {});

  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;
  ~Plan();

  std::size_t inputs() const;
  std::size_t outputs() const;
  const Dims& input_shape(std::size_t index) const;   // [n, h, w, c] for rank 4
  const Dims& output_shape(std::size_t index) const;  // [n, h, w, c] for rank 4
  std::span<float> input(std::size_t index);  // empty where the first layer reads the picture itself
  // What run() reads, of the format that the plan was made for; the view must stay until then.
  //   x, y  even: which pixel of the view is the first of the input; beyond the view, edges are repeated
  void set_picture(const ImageView& view, int x = 0, int y = 0);
  // What run() paints, of the format that the plan was made for, from its first pixel on; what lies beyond it is dropped.
  // output() is then empty where the last layer paints itself.
  void set_target(const MutableImageView& view);
  std::span<const float> output(std::size_t index) const;

  // Computes the outputs from the inputs. Allocates nothing itself.
  //   thread   one at a time; the calling thread does its share of the work
  //   errors   backend, which no known input causes
  Result<> run();

  // The same where only some cells of the input changed since the last run or update: computes what depends on them, and
  // leaves the rest as it was. Where that cannot be told, of the graph or of a layer, or nothing was computed before,
  // computes it all.
  //   changed  [rows][columns] of the options' cells
  //   widest   how many cells around a changed one are computed at most. Fewer than the graph sees: what is further away
  //            keeps the little that it saw of what changed until it is computed again.
  Result<> update(std::span<const std::uint8_t> changed, int widest = kAllCells);
  static constexpr int kAllCells = 1 << 20;  // more than there are
  // How many cells around a changed one the outputs see; kAllCells where that cannot be told.
  int sees() const;

  // The same, measured: ms of each of layers() on the calling thread, which with several is a share of them. Allocates.
  Result<std::vector<double>> run_timed();
  // Words for each layer: strips, node, shapes, kernels.
  std::span<const std::string> layers() const;
  // The first of them that runs a reference kernel, some hundred times slower than others; empty: none does.
  std::string_view slow_layer() const;

  // One line a layer: node, kernel that the library chose, shapes, million multiply-adds.
  std::string describe() const;
  // Multiply-adds of one run, counted as the graph has them.
  std::uint64_t macs() const;
  // Those of them that are computed in this arithmetic: of an int8 plan, some are bf16 or f32.
  std::uint64_t macs_in(Precision precision) const;

 private:
  class Impl;
  explicit Plan(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lc::nn
