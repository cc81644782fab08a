// Coefficients between 8-bit Y'CbCr and R'G'B' of 0..1, from ITU-R BT.601-7 and BT.709-6.
#pragma once

#include "tensor/image.h"

namespace lc {

struct LumaWeights {
  double r, g, b;
};

constexpr LumaWeights luma_weights(ColourMatrix matrix) {
  return matrix == ColourMatrix::bt601 ? LumaWeights{0.299, 0.587, 0.114}
                                       : LumaWeights{0.2126, 0.7152, 0.0722};
}

// Y = offset + scale * luma (0..1); C = 128 + chroma_scale * difference (-0.5..0.5).
struct CodeRange {
  double offset, scale, chroma_scale;
};

constexpr CodeRange code_range(ColourRange range) {
  return range == ColourRange::full ? CodeRange{0, 255, 255} : CodeRange{16, 219, 224};
}

}  // namespace lc
