// Layers to stages. A stage is a run of layers that is computed strip of rows by strip of rows, all layers of
// one strip after another: what lies between them stays in the cache of the core that computes it. Between
// two stages all strips are finished. With several threads, each takes its share of the strips.
#pragma once

#include <unordered_map>
#include <vector>

#include "nn/lower.h"

namespace lc::nn {

struct Stage {
  std::vector<std::size_t> layers;  // in order
  std::vector<Rows> strips;         // of the output of the last layer
};

// Rows of each value that the stage reads or computes, for rows `out` of its last layer's output. Empty where
// some layer computes what the stage does not use.
using RowsOf = std::unordered_map<int, Rows>;
Result<RowsOf> trace(const Lowering& lowering, const std::vector<Layer>& layers, const Stage& stage, Rows out,
                     const Folded& graph);

//   least_strips  of a stage whose layers can be cut into so many
Result<std::vector<Stage>> make_stages(const Folded& graph, const Lowering& lowering,
                                       const std::vector<Layer>& layers, int threads, int least_strips = 1);

}  // namespace lc::nn
