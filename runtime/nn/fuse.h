// Nodes to layers: what one kernel can do together becomes one layer.
//
//   Conv, ConvTranspose, Gemm and MatMul with constant weights take along, as far as each result has one
//   reader: BatchNormalization and multiplication or addition of a constant per channel (into weights and
//   bias), activations, and one addition of another tensor of the same shape (a residual), which becomes a
//   sum into the destination. DepthToSpace of mode CRD after a convolution becomes mode DCR with the
//   convolution's channels reordered: in NHWC that moves long runs instead of single floats.
#pragma once

#include <vector>

#include "base/result.h"
#include "nn/fold.h"
#include "nn/onednn.h"

namespace lc::nn {

struct Layer {
  Node node;                         // what is computed first
  std::vector<onednn::PostOp> post;  // then this
  int residual = kAbsent;            // the value that the `sum` in post adds
  int output = kAbsent;              // after post

  // Where the weights are constant: as onednn::Weights has them, bias for each output channel or empty.
  std::vector<float> weights, bias;
  bool has_weights() const { return !weights.empty(); }

  std::vector<Layer> parts;  // of what nn/merge.h made: in order, computed together

  // Values it reads at run time, each once.
  std::vector<int> reads(const Folded& graph) const;
};

Result<std::vector<Layer>> fuse(const Folded& graph);

}  // namespace lc::nn
