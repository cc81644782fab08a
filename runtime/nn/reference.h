// Computes a graph node by node with plain loops, in ONNX's own layout: slow, obvious, the measure of the
// plan.
#pragma once

#include <vector>

#include "base/result.h"
#include "nn/model.h"

namespace lc::nn {

// inputs and outputs are row-major (NCHW), in the order of the graph.
Result<std::vector<Tensor>> run_reference(const Graph& graph, const std::vector<Tensor>& inputs);

}  // namespace lc::nn
