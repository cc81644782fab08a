#include "nn/layout.h"

namespace lc::nn {

Dims row_major_strides(const Dims& dims) {
  Dims out(dims.size(), 1);
  for (std::size_t i = dims.size(); i-- > 1;) out[i - 1] = out[i] * dims[i];
  return out;
}

Dims memory_strides(const Dims& dims) {
  if (dims.size() != 4) return row_major_strides(dims);
  const std::int64_t c = dims[1], row = dims[3] * c;
  return {dims[2] * row, 1, row, c};
}

Dims stretched_strides(const Dims& operand, const Dims& out) {
  const Dims own = memory_strides(operand);
  Dims strides(out.size(), 0);
  for (std::size_t i = 0; i < operand.size(); ++i)
    if (operand[i] != 1) strides[out.size() - operand.size() + i] = own[i];
  return strides;
}

Dims memory_dims(const Dims& dims) {
  if (dims.size() != 4) return dims;
  return {dims[0], dims[2], dims[3], dims[1]};
}

std::vector<std::size_t> memory_order(std::size_t rank) {
  if (rank == 4) return {0, 2, 3, 1};
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < rank; ++i) out.push_back(i);
  return out;
}

bool is_row_major(const Dims& dims) { return dims.size() != 4 || dims[1] == 1 || dims[2] * dims[3] == 1; }

namespace {

// Calls f(row-major index, memory index) for each element.
template <class F>
void for_each(const Dims& dims, F f) {
  const Dims strides = memory_strides(dims);
  Dims place(dims.size(), 0);
  std::int64_t memory = 0;
  for (std::int64_t n = 0, total = count(dims); n < total; ++n) {
    f(static_cast<std::size_t>(n), static_cast<std::size_t>(memory));
    for (std::size_t i = dims.size(); i-- > 0;) {
      memory += strides[i];
      if (++place[i] < dims[i]) break;
      memory -= strides[i] * dims[i];
      place[i] = 0;
    }
  }
}

}  // namespace

std::vector<float> to_memory(const Dims& dims, const std::vector<float>& values) {
  std::vector<float> out(values.size());
  for_each(dims, [&](std::size_t n, std::size_t m) { out[m] = values[n]; });
  return out;
}

std::vector<float> from_memory(const Dims& dims, const float* memory) {
  std::vector<float> out(static_cast<std::size_t>(count(dims)));
  for_each(dims, [&](std::size_t n, std::size_t m) { out[n] = memory[m]; });
  return out;
}

std::int64_t row_count(const Dims& dims) { return dims.size() == 4 ? dims[2] : 1; }
std::int64_t extent(const Dims& dims, std::size_t axis, Rows rows) {
  return dims.size() == 4 && axis == 2 ? rows.size() : dims[axis];
}

std::int64_t row_elements(const Dims& dims) { return dims.size() == 4 ? dims[1] * dims[3] : count(dims); }

}  // namespace lc::nn
