// Peak signal-to-noise ratio of 8-bit pictures, in dB: 10 log10(255^2 / mean squared error).
//
// All of quality/ compares pictures of one size; another size is a contract violation (the program checks
// before).
#pragma once

#include <array>

#include "tensor/image.h"

namespace lc::quality {

// What identical pictures get, instead of infinity: JSON and means have no place for that.
inline constexpr double kIdenticalDb = 100;

double psnr_of_mse(double mse);

// Mean squared error over all samples of one plane of two views of the same format.
double plane_mse(const ImageView& a, const ImageView& b, int plane);

// Over the three channels together, as in the literature on learned codecs. Other formats are converted to
// RGB first.
double psnr_rgb(const ImageView& a, const ImageView& b);

// (6 Y + Cb + Cr) / 8 of the three PSNRs, as JVET does. i420 and nv12 pairs of one colour: of their own
// samples; otherwise of Y'CbCr 4:4:4 (BT.601, full range, unrounded) computed from RGB.
double psnr_611(const ImageView& a, const ImageView& b);

}  // namespace lc::quality
