#include "nn/marks.h"

#include <algorithm>

#include "base/result.h"

namespace lc::nn {
namespace {

// Of three cells in a line, `step` apart, whether one is marked: into `to`, [lines][length].
void widen(std::span<const std::uint8_t> from, std::size_t at, int length, std::ptrdiff_t step, std::span<std::uint8_t> to) {
  for (int i = 0; i < length; ++i) {
    const auto here = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(at) + i * step);
    std::uint8_t any = from[here];
    if (i > 0) any |= from[here - static_cast<std::size_t>(step)];
    if (i + 1 < length) any |= from[here + static_cast<std::size_t>(step)];
    to[here] |= any;
  }
}

}  // namespace

bool Marked::any(Rows some, std::int64_t rows) const {
  if (!cells) return true;
  const std::int64_t cell_rows = rows / grid.rows;
  const std::uint8_t* first = cells + some.begin / cell_rows * grid.columns;
  const std::uint8_t* last = cells + ((some.end - 1) / cell_rows + 1) * grid.columns;
  return std::any_of(first, last, [](std::uint8_t mark) { return mark != 0; });
}

// One level more than are asked for holds what is widened along rows only.
Marks::Marks(Grid grid, int widest)
    : grid_(grid), levels_(static_cast<std::size_t>(widest) + 2, std::vector<std::uint8_t>(grid.cells())) {}

void Marks::set(std::span<const std::uint8_t> changed) {
  LC_EXPECT(changed.size() == grid_.cells(), "one mark a cell");
  std::transform(changed.begin(), changed.end(), levels_[0].begin(), [](std::uint8_t c) { return c != 0 ? 1 : 0; });
  auto& half = levels_.back();
  for (std::size_t level = 1; level + 1 < levels_.size(); ++level) {
    std::fill(half.begin(), half.end(), std::uint8_t{0});
    std::fill(levels_[level].begin(), levels_[level].end(), std::uint8_t{0});
    for (int row = 0; row < grid_.rows; ++row)
      widen(levels_[level - 1], static_cast<std::size_t>(row * grid_.columns), grid_.columns, 1, half);
    for (int column = 0; column < grid_.columns; ++column)
      widen(half, static_cast<std::size_t>(column), grid_.rows, grid_.columns, levels_[level]);
  }
}

Marked Marks::within(int distance) const {
  const auto level = std::min(static_cast<std::size_t>(distance), levels_.size() - 2);
  return {levels_[level].data(), grid_};
}

}  // namespace lc::nn
