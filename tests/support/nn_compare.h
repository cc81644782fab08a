// Feeds the same seeded input to a plan and to the reference loops.
#pragma once

#include "nn/model.h"
#include "nn/plan.h"

namespace lc::test {

// A tensor of numbers in -1..1.
nn::Tensor random_tensor(const nn::Dims& dims, unsigned seed);

// What the plan computes, row-major, one tensor for each output.
Result<std::vector<nn::Tensor>> run_plan(nn::Plan& plan, const std::vector<nn::Tensor>& inputs);

// The largest |plan - reference| / max(1, |reference|) over all outputs; throws with the error's text if one
// fails.
double largest_difference(const nn::Graph& graph, const nn::PlanOptions& options, unsigned seed);

}  // namespace lc::test
