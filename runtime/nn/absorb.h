// For int8 plans: QuantizeLinear followed by DequantizeLinear, as quantised models have it before each convolution, becomes
// a Clip to the range of its numbers, and a note of what they are to mean. Convolutions that read it then compute with these
// numbers; whatever else reads it sees values of that range that are not rounded.
#pragma once

#include "nn/fold.h"

namespace lc::nn {

void absorb_quantisation(Folded& graph);

}  // namespace lc::nn
