#include "codec/tiled_network.h"

#include <algorithm>
#include <cmath>

#include "codec/bitstream.h"
#include "nn/reach.h"

namespace lc::codec {
namespace {

// A window costs about as much as its share of the picture, and a little for being small.
constexpr double kWindowCost = 1.15;
constexpr int kLargestHalo = 6;

// In latent positions; none where it is not known or too large.
std::optional<int> halo_of(const nn::Graph& graph) {
  const auto seen = nn::reach(graph);
  if (!seen) return std::nullopt;
  const double cell = kLatentStride;
  double halo = 0;
  if (seen->step == cell)  // pixels to positions
    halo = std::max(std::ceil(-seen->low / cell), std::floor(seen->high / cell));
  else if (seen->step == 1 / cell)
    halo = std::max(std::floor(-seen->low), std::floor(seen->high + (cell - 1) / cell));
  else
    return std::nullopt;
  return halo <= kLargestHalo ? std::optional(static_cast<int>(halo)) : std::nullopt;
}

int tiles(int positions) { return (positions + TiledNetwork::kTile - 1) / TiledNetwork::kTile; }

// A part of a picture [h][w][c] of floats.
struct Area {
  std::size_t row, column, rows, columns;
};

// Copies an area of `from` (its rows `from_width` samples long) to the place at (row, column) of `to`.
void copy_area(std::span<const float> from, std::size_t from_width, const Area& area, std::size_t channels,
               std::span<float> to, std::size_t to_width, std::size_t row, std::size_t column) {
  for (std::size_t y = 0; y < area.rows; ++y)
    std::copy_n(from.data() + ((area.row + y) * from_width + area.column) * channels, area.columns * channels,
                to.data() + ((row + y) * to_width + column) * channels);
}

}  // namespace

Result<TiledNetwork> TiledNetwork::create(const Bundle& bundle, const char* file, int width, int height,
                                          const nn::PlanOptions& options) {
  const int rows = latent_size(height), columns = latent_size(width);
  const auto graph = LC_TRY(bundle.graph(file));
  const bool is_encoder = std::string_view(file) == "encoder.onnx";
  const auto make = [&](int h, int w) -> Result<nn::Plan> {
    nn::PlanOptions with = options;
    with.input_dims = is_encoder
                          ? std::vector<nn::Dims>{{1, bundle.input_channels(), h * kLatentStride, w * kLatentStride}}
                          : std::vector<nn::Dims>{{1, bundle.latent_channels(), h, w}};
    auto plan = nn::Plan::create(graph, with);
    if (!plan) return within((bundle.folder() / file).string(), plan.error());
    const nn::Dims wanted = is_encoder ? nn::Dims{1, h, w, bundle.latent_channels()}
                                       : nn::Dims{1, h * kLatentStride, w * kLatentStride, bundle.input_channels()};
    if (plan->inputs() != 1 || plan->outputs() != 1 || plan->output_shape(0) != wanted)
      return fail(
          Errc::unsupported, "{}: of {} x {} positions of {} x {} pixels it must give one tensor of {} x {} x {}",
          (bundle.folder() / file).string(), w, h, kLatentStride, kLatentStride, wanted[1], wanted[2], wanted[3]);
    return plan;
  };
  auto whole = LC_TRY(make(rows, columns));
  const auto halo = halo_of(graph);
  const bool is_yuv = options.target && (options.target->format == PixelFormat::i420 || options.target->format == PixelFormat::nv12);
  const int side = kTile + 2 * halo.value_or(0), left = halo.value_or(0) + (is_yuv ? 1 : 0);
  const int across = kTile + halo.value_or(0) + left;
  std::optional<nn::Plan> window;
  if (halo && side * across * 2 <= rows * columns) window = LC_TRY(make(std::min(side, rows), std::min(across, columns)));
  TiledNetwork network(std::move(whole), std::move(window), rows, columns, halo.value_or(0), left,
                       options.picture.has_value());
  if (options.target) network.make_pictures(width, height, *options.target);
  return network;
}

TiledNetwork::TiledNetwork(nn::Plan whole, std::optional<nn::Plan> window, int rows, int columns, int halo,
                           int left, bool has_picture)
    : whole_(std::move(whole)),
      window_(std::move(window)),
      rows_(rows),
      columns_(columns),
      halo_(halo),
      left_(left),
      has_picture_(has_picture),
      tile_rows_(tiles(rows)),
      tile_columns_(tiles(columns)),
      window_rows_(std::min(kTile + 2 * halo, rows)),
      window_columns_(std::min(kTile + halo + left, columns)),
      tiles_(static_cast<std::size_t>(tile_rows_) * static_cast<std::size_t>(tile_columns_)) {
  mark();
}

void TiledNetwork::make_pictures(int width, int height, const nn::PictureFormat& format) {
  painted_ = Image::make(format.format, width, height, format.colour);
  whole_.set_target(painted_.mutable_view());
  if (!window_) return;
  window_painted_ =
      Image::make(format.format, window_columns_ * kLatentStride, window_rows_ * kLatentStride, format.colour);
  window_->set_target(window_painted_.mutable_view());
}

void TiledNetwork::set_picture(const ImageView& picture) {
  picture_ = picture;
  whole_.set_picture(picture);
}

Result<> TiledNetwork::run_tile(int row, int column) {
  const auto at = [](int value) { return static_cast<std::size_t>(value); };
  const auto& in = whole_.input_shape(0);
  const auto& out = whole_.output_shape(0);
  const std::size_t in_cell = static_cast<std::size_t>(in[1]) / at(rows_);  // samples to a position
  const std::size_t out_cell = static_cast<std::size_t>(out[1]) / at(rows_);
  const std::size_t in_channels = static_cast<std::size_t>(in[3]), out_channels = static_cast<std::size_t>(out[3]);
  const int first_row = row * kTile, first_column = column * kTile;
  const std::size_t window_row = at(std::clamp(first_row - halo_, 0, rows_ - window_rows_));
  const std::size_t window_column = at(std::clamp(first_column - left_, 0, columns_ - window_columns_));
  if (has_picture_)
    window_->set_picture(picture_, static_cast<int>(window_column * in_cell), static_cast<int>(window_row * in_cell));
  else
    copy_area(whole_.input(0), at(columns_) * in_cell,
            {window_row * in_cell, window_column * in_cell, at(window_rows_) * in_cell, at(window_columns_) * in_cell},
            in_channels, window_->input(0), at(window_columns_) * in_cell, 0, 0);
  LC_TRY(window_->run());
  const std::size_t tile_rows = at(rows_of_tile(row)), tile_columns = at(columns_of_tile(column));
  if (!painted_.empty()) {
    const int x = first_column * kLatentStride, y = first_row * kLatentStride;
    lc::copy_area(window_painted_.view(), x - static_cast<int>(window_column) * kLatentStride,
                  y - static_cast<int>(window_row) * kLatentStride, std::min(kTile * kLatentStride, painted_.width() - x),
                  std::min(kTile * kLatentStride, painted_.height() - y), painted_.mutable_view(), x, y);
    return {};
  }
  copy_area(window_->output(0), at(window_columns_) * out_cell,
            {(at(first_row) - window_row) * out_cell, (at(first_column) - window_column) * out_cell,
             tile_rows * out_cell, tile_columns * out_cell},
            out_channels, whole_.mutable_output(0), at(columns_) * out_cell, at(first_row) * out_cell,
            at(first_column) * out_cell);
  return {};
}

void TiledNetwork::mark() {
  std::fill(tiles_.begin(), tiles_.end(), std::uint8_t{1});
  marked_ = tiles_.size();
}

// A tile is marked where one of its positions lies within the halo of a changed one.
void TiledNetwork::mark(std::span<const std::uint8_t> changed) {
  LC_EXPECT(changed.size() == static_cast<std::size_t>(rows_) * static_cast<std::size_t>(columns_),
            "one mark a position");
  std::fill(tiles_.begin(), tiles_.end(), std::uint8_t{0});
  for (int row = 0; row < rows_; ++row)
    for (int column = 0; column < columns_; ++column) {
      if (!changed[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                   static_cast<std::size_t>(column)])
        continue;
      const int last_row = std::min(row + halo_, rows_ - 1) / kTile,
                last_column = std::min(column + left_, columns_ - 1) / kTile;
      for (int r = std::max(row - halo_, 0) / kTile; r <= last_row; ++r)
        for (int c = std::max(column - halo_, 0) / kTile; c <= last_column; ++c)
          tiles_[static_cast<std::size_t>(r * tile_columns_ + c)] = 1;
    }
  marked_ = static_cast<std::size_t>(std::count(tiles_.begin(), tiles_.end(), std::uint8_t{1}));
  const double cost = kWindowCost * static_cast<double>(marked_) * window_rows_ * window_columns_;
  if (marked_ > 0 && (!window_ || cost >= double{1} * rows_ * columns_)) mark();
}

template <class Work>
void TiledNetwork::for_marked(Work work) const {
  for (int row = 0; row < tile_rows_; ++row)
    for (int column = 0; column < tile_columns_; ++column)
      if (tiles_[static_cast<std::size_t>(row * tile_columns_ + column)]) work(row, column);
}

Result<> TiledNetwork::run() {
  if (is_all_marked()) return whole_.run();
  Result<> all;
  for_marked([&](int row, int column) {
    if (all) all = run_tile(row, column);
  });
  return all;
}

void TiledNetwork::copy_marked(std::span<float> to) const {
  const auto at = [](int value) { return static_cast<std::size_t>(value); };
  const auto& shape = whole_.output_shape(0);
  const std::size_t cell = static_cast<std::size_t>(shape[1]) / at(rows_), width = static_cast<std::size_t>(shape[2]);
  for_marked([&](int row, int column) {
    const Area area{at(row * kTile) * cell, at(column * kTile) * cell, at(rows_of_tile(row)) * cell,
                    at(columns_of_tile(column)) * cell};
    copy_area(whole_.output(0), width, area, static_cast<std::size_t>(shape[3]), to, width, area.row, area.column);
  });
}

void TiledNetwork::copy_marked(const MutableImageView& to) const {
  const ImageView from = painted_.view();
  if (is_all_marked()) return copy(from, to);
  for_marked([&](int row, int column) {
    const int x = column * kTile * kLatentStride, y = row * kTile * kLatentStride;
    lc::copy_area(from, x, y, std::min(kTile * kLatentStride, from.width - x),
                  std::min(kTile * kLatentStride, from.height - y), to, x, y);
  });
}

}  // namespace lc::codec
