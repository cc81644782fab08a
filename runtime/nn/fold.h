// Fixes the shapes of a graph and computes whatever does not depend on its inputs.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "nn/model.h"
#include "nn/operators.h"

namespace lc::nn {

// A graph whose every shape is known: nodes in order, each used, none of them Identity, Dropout or constant.
struct Folded {
  int opset = 13;
  std::vector<Value> values;      // by number, as in the Model
  std::vector<TensorInfo> infos;  // by number
  std::vector<Node> nodes;
  std::vector<int> inputs, outputs;
  std::uint64_t macs = 0;
  StepsOf steps;  // what a value's u8 numbers are to mean; one, or one for each channel

  const Dims& dims(int value) const { return infos[static_cast<std::size_t>(value)].dims; }
  const ConstTensor& constant(int value) const { return values[static_cast<std::size_t>(value)].constant; }
  Call call(const Node& node) const;
};

//   input_dims   one for each input, or empty: as in the file
//   errors       invalid_config (input_dims do not fit the file), corrupt, unsupported
Result<Folded> fold(const Model& model, const std::vector<Dims>& input_dims);

}  // namespace lc::nn
