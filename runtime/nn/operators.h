// The operators that we support: one row each in operators.cc.
//
// To add one: a row in the table of operators.cc (name, inputs, shape rule in shapes.cc or shapes_constant.cc, plain
// loops in reference_*.cc), its lowering in lower_kernels.cc, lower_loops.cc or lower_moves.cc, and a case in
// tests/cross/nn_ops_test.cc. If it has parameters, they are read and checked once, in *_params.cc, for all three. What
// oneDNN computes element by element is an Activation (activation_params.cc) and needs no lowering of its own. What is
// only ever computed from constants needs none either: its shape rule asks for constants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nn/model.h"

namespace lc::nn {

// An input of a node as far as it is known.
struct Operand {
  const TensorInfo* info = nullptr;  // null: the input is left out
  const Tensor* constant = nullptr;  // null: known at run time only
};

// A node with what is known of its inputs.
struct Call {
  const Node& node;
  int opset;
  std::vector<Operand> in;

  bool has(std::size_t index) const { return index < in.size() && in[index].info; }
  const Dims& dims(std::size_t index) const { return in[index].info->dims; }
  std::size_t rank(std::size_t index) const { return dims(index).size(); }
  // The value of an input that must be constant: `what` names it in the error.
  Result<const Tensor*> constant(std::size_t index, const char* what) const;
};

struct Operator {
  std::string_view name;
  int min_inputs, max_inputs;
  Result<TensorInfo> (*shape)(const Call&);  // of the first output
  Result<Tensor> (*reference)(const Call&);  // every input is constant here
};

const Operator* find_operator(std::string_view name);
// "supported are Add, AveragePool, ..."
std::string supported_operators();

}  // namespace lc::nn
