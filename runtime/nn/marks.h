// Which parts of every layer's picture are to be computed again.
//
// A grid of cells lies over the input; each layer's picture is cut by it into as many cells, of its own size. A change in a
// cell of the input is seen, layer after layer, some cells further around it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/layout.h"

namespace lc::nn {

struct Grid {
  int rows = 0, columns = 0;
  std::size_t cells() const { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns); }
};

// One layer's marks. Null: every cell is marked, in a grid of any size.
struct Marked {
  const std::uint8_t* cells = nullptr;  // [rows][columns]
  Grid grid;

  // Whether something is marked in these rows of a picture of `rows` rows, a multiple of the grid's.
  bool any(Rows some, std::int64_t rows) const;
};

// Calls use(begin, end) for each run of columns that is marked in row y, or y + 1 if that is below `end_row`, of a picture
// whose sides are multiples of the grid's.
template <class Use>
void for_runs(const Marked& marked, std::int64_t rows, int columns, std::int64_t y, std::int64_t end_row, Use&& use) {
  if (!marked.cells) {
    use(0, columns);
    return;
  }
  const std::int64_t cell_rows = rows / marked.grid.rows;
  const int width = columns / marked.grid.columns;
  const std::uint8_t* upper = marked.cells + y / cell_rows * marked.grid.columns;
  const std::uint8_t* lower = marked.cells + std::min(y + 1, end_row - 1) / cell_rows * marked.grid.columns;
  for (int c = 0; c < marked.grid.columns;) {
    if (!(upper[c] | lower[c])) {
      ++c;
      continue;
    }
    const int begin = c;
    while (c < marked.grid.columns && (upper[c] | lower[c])) ++c;
    use(begin * width, c * width);
  }
}

// The marks of all layers.
class Marks {
 public:
  //   widest  cells around a changed one, at most, that a layer may see
  Marks(Grid grid, int widest);

  // Allocates nothing.
  //   changed  [rows][columns]
  void set(std::span<const std::uint8_t> changed);
  // Cells at most this far, along either axis, from a changed one.
  Marked within(int distance) const;

 private:
  Grid grid_;
  std::vector<std::vector<std::uint8_t>> levels_;  // by distance
};

}  // namespace lc::nn
