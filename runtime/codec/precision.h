// Which arithmetic a bundle's networks run in where nobody says.
#pragma once

#include "codec/bundle.h"
#include "nn/plan.h"

namespace lc::codec {

enum class PrecisionChoice { automatic, f32, bf16, int8 };

// Automatic: the fastest on this processor whose measured loss stays inside the bundle's bound, see Bundle::loss().
nn::Precision choose_precision(const Bundle& bundle, PrecisionChoice choice);

}  // namespace lc::codec
