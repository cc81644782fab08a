// What part of its input an output sample of a network of pictures sees.
#pragma once

#include "nn/graph.h"

namespace lc::nn {

// Along both axes: the output sample at `o` depends on input samples between o * step + low and o * step + high, and on
// no others.
struct Reach {
  double step = 1;  // input samples an output sample; below 1 where the output is finer
  double low = 0, high = 0;
};

// Of a graph with one input and one output made of convolutions, depth-to-space, space-to-depth and element by element
// operators.
//   errors  unsupported: another operator, or ways of different steps that meet
Result<Reach> reach(const Graph& graph);

}  // namespace lc::nn
