// Which set of our kernels this processor runs.
#pragma once

#include <vector>

#include "nn/tile.h"

namespace lc::nn {

// Those that the processor has and ONEDNN_MAX_CPU_ISA allows, the fastest first; the portable one is always there.
std::vector<const TileKernels*> available_tiles();
const TileKernels& best_tiles();

}  // namespace lc::nn
