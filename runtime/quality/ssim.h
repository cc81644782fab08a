// Structural similarity, 0..1 (below 0 for contrary pictures), 1 for identical ones.
//
// Gaussian window of 11 x 11, sigma 1.5, only where it fits whole (no padding); c1 = (0.01 * 255)^2,
// c2 = (0.03 * 255)^2; the mean over pixels, then over the three channels of RGB (gray8 pairs: the one). That
// is the convention of the papers on learned codecs (pytorch_msssim), so that numbers compare. Pictures with
// a side below 11 get a window as long as that side. Computed in floats: right to about 2e-5.
//   source  Wang et al. 2004 (SSIM), Wang et al. 2003 (multi-scale)
#pragma once

#include "tensor/image.h"

namespace lc::quality {

double ssim(const ImageView& a, const ImageView& b);

// Five scales, halved by 2 x 2 means (odd sides: the last pixel counts twice); weights 0.0448 0.2856 0.3001
// 0.2363 0.1333. Below 161 pixels a side there are fewer scales, with their weights scaled up to a sum of 1.
// Negative structure counts as 0.
double ms_ssim(const ImageView& a, const ImageView& b);

// Both for the price of the second.
struct Similarity {
  double ssim = 0, ms_ssim = 0;
};
Similarity similarity(const ImageView& a, const ImageView& b);

// -10 log10(1 - ms_ssim), which spreads the values near 1; at most kIdenticalDb.
double ms_ssim_db(double ms_ssim);

}  // namespace lc::quality
