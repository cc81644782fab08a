// Layers to larger layers, which our own kernels (nn/tile.h) compute without what lies between:
//
//   ResidualBlock   x + conv1x1(act(conv1x1(depthwise3x3(x)))), the shape that mobile networks and our codecs are made of
//   ConvToSpace     a convolution and the DepthToSpace (mode DCR) of its result
#pragma once

#include <vector>

#include "nn/fuse.h"

namespace lc::nn {

// Store is a value that is stored with other numbers than the one it is read from.
inline constexpr std::string_view kResidualBlock = "ResidualBlock", kConvToSpace = "ConvToSpace", kStore = "Store";

std::vector<Layer> merge(const Folded& graph, std::vector<Layer> layers);

}  // namespace lc::nn
