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

// R = y Y + rv V + r0, G = y Y + gu U + gv V + g0, B = y Y + bu U + b0: of 8-bit codes to 0..1.
struct YuvToRgb {
  double y, rv, gu, gv, bu, r0, g0, b0;
};

constexpr YuvToRgb yuv_to_rgb(ColourSpec colour) {
  const LumaWeights k = luma_weights(colour.matrix);
  const CodeRange code = code_range(colour.range);
  const double y = 1 / code.scale, c = 1 / code.chroma_scale;
  const double rv = 2 * (1 - k.r) * c, bu = 2 * (1 - k.b) * c;
  const double gu = -bu * k.b / k.g, gv = -rv * k.r / k.g;
  const double black = -code.offset * y;
  return {y, rv, gu, gv, bu, black - 128 * rv, black - 128 * (gu + gv), black - 128 * bu};
}

}  // namespace lc
