// The integers of one frame: what the wire carries, what references are, what classifiers on latents read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lc::codec {

// Quantised latents are -32767..32767.
inline constexpr int kMaxLatentValue = 32767;

// [rows][columns][channels], channels by *rank*: in the coding order of the bundle, not in the order of the
// networks (EntropyModel::channel_of_rank, dequantise in quantiser.h).
class Latent {
 public:
  Latent() = default;

  // Zeroed; keeps its memory when it was large enough.
  void reset(int rows, int columns, int channels) {
    rows_ = rows;
    columns_ = columns;
    channels_ = channels;
    values_.assign(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns) *
                       static_cast<std::size_t>(channels),
                   0);
  }

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  int channels() const { return channels_; }
  bool empty() const { return values_.empty(); }
  bool same_shape(const Latent& other) const {
    return rows_ == other.rows_ && columns_ == other.columns_ && channels_ == other.channels_;
  }

  std::span<const std::int16_t> values() const { return values_; }
  std::span<std::int16_t> values() { return values_; }
  const std::int16_t* at(int row, int column) const { return values_.data() + offset(row, column); }
  std::int16_t* at(int row, int column) { return values_.data() + offset(row, column); }

  bool operator==(const Latent&) const = default;

 private:
  std::size_t offset(int row, int column) const {
    return (static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
            static_cast<std::size_t>(column)) *
           static_cast<std::size_t>(channels_);
  }

  int rows_ = 0, columns_ = 0, channels_ = 0;
  std::vector<std::int16_t> values_;
};

// The columns x rows positions from (column, row) on, which lie inside. Allocates only when `to` was never as large.
void copy_area(const Latent& from, int column, int row, int columns, int rows, Latent& to);

// A fingerprint of a reference, so that a decoder notices that its own is another one. No protection against
// malice. Definition in FORMAT.md.
std::uint32_t fingerprint(const Latent& latent);

}  // namespace lc::codec
