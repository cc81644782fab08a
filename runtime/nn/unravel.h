// Nodes of many inputs or outputs become nodes of at most two inputs and one output, which is all that the rest of nn/
// knows: Min, Max and Sum of n operands a chain of two-operand ones, Split one node for each of its outputs.
#pragma once

#include "base/result.h"
#include "nn/model.h"

namespace lc::nn {

//   errors   unsupported (more than kMaxNodes nodes), corrupt (the sizes of a Split are not as many as its outputs)
Result<> unravel(Model& model);

}  // namespace lc::nn
