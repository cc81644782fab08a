// For int8 plans: QuantizeLinear followed by DequantizeLinear, as quantised models have it before each convolution, becomes
// a note of what the value's u8 numbers are to mean. Convolutions that read it then compute with these numbers; whatever
// else reads it sees the value as it was, which is no less exact.
#pragma once

#include "nn/fold.h"

namespace lc::nn {

void absorb_quantisation(Folded& graph);

}  // namespace lc::nn
