// Layers to larger layers, which our own kernels (nn/tile.h) compute without what lies between:
//
//   ResidualBlock   x + conv1x1(act(conv1x1(depthwise3x3(x)))), the shape that mobile networks and our codecs are made of
//   ConvToSpace     a convolution and the DepthToSpace (mode DCR) of its result
#pragma once

#include <vector>

#include "nn/fuse.h"

namespace lc::nn {

// Patches is a convolution whose window moves by its own size, on a picture of bytes instead of the graph's input.
// Paint is a ConvToSpace into a picture of bytes instead of the graph's output.
// Store is a value that is stored with other numbers than the one it is read from.
inline constexpr std::string_view kResidualBlock = "ResidualBlock", kConvToSpace = "ConvToSpace", kStore = "Store",
                                  kPatches = "Patches", kPaint = "Paint";

std::vector<Layer> merge(const Folded& graph, std::vector<Layer> layers);

// Makes Patches of the layer that reads the graph's only input, which is then none any more. False where that layer is
// another one: the input stays.
bool read_pictures(Folded& graph, std::vector<Layer>& layers);
// Makes Paint of the layer that makes the graph's only output, likewise. Its value then has no memory.
bool paint_pictures(Folded& graph, std::vector<Layer>& layers);

}  // namespace lc::nn
