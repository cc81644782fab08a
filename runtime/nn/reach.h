// What part of its input an output sample of a network of pictures sees.
#pragma once

#include <optional>
#include <vector>

#include "nn/graph.h"

namespace lc::nn {

// Along both axes: the output sample at `o` depends on input samples between o * step + low and o * step + high, and on
// no others.
struct Reach {
  double step = 1;  // input samples an output sample; below 1 where the output is finer
  double low = 0, high = 0;
};

// Of each value, by number; none of those that do not depend on the input. Of a graph with one input and one output made of
// convolutions, depth-to-space, space-to-depth and element by element operators.
//   errors  unsupported: another operator, or ways of different steps that meet
//   margin  how many samples around one that the input depends on, when it is itself made of a picture
Result<std::vector<std::optional<Reach>>> reaches(const Graph& graph, double margin = 0);

// How many cells around a changed one a value sees, if cells are `cell` input samples long.
int cells_seen(const Reach& reach, double cell);

}  // namespace lc::nn
