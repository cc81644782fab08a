// Where the elements of a tensor lie in memory: rank 4 as NHWC, every other rank row-major.
//
// Shapes keep ONNX's order everywhere in nn/ (NCHW); only strides know of NHWC.
#pragma once

#include <array>
#include <cstdint>

#include "nn/model.h"

namespace lc::nn {

// Row-major strides, in elements.
Dims row_major_strides(const Dims& dims);
// Strides in our memory, by ONNX's axes.
Dims memory_strides(const Dims& dims);
// Strides of an operand by the axes of what it is stretched to: 0 where it is.
Dims stretched_strides(const Dims& operand, const Dims& out);
// Shape in memory order: [n, h, w, c] for rank 4.
Dims memory_dims(const Dims& dims);
// Axes in memory order, outermost first: 0, 2, 3, 1 for rank 4.
std::vector<std::size_t> memory_order(std::size_t rank);

// Whether memory order is row-major order too: always, but for pictures of several channels and several
// pixels.
bool is_row_major(const Dims& dims);

// Row-major values as they lie in our memory, and back.
std::vector<float> to_memory(const Dims& dims, const std::vector<float>& values);
std::vector<float> from_memory(const Dims& dims, const float* memory);

// Rows of a picture (axis 2 of rank 4); a tensor of another rank is one row.
struct Rows {
  std::int64_t begin, end;
  std::int64_t size() const { return end - begin; }
  bool operator==(const Rows&) const = default;
};
std::int64_t row_count(const Dims& dims);
// The extent of an axis where only some rows are computed.
std::int64_t extent(const Dims& dims, std::size_t axis, Rows rows);
std::int64_t row_elements(
    const Dims& dims);  // of one row, with all channels; rank 4: batch must be 1 to be cut

}  // namespace lc::nn
