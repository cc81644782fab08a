// Pictures made larger or smaller as Pillow's resize() makes them, byte for byte: what networks are trained on there is
// measured on the same pictures here.
//
// Across first, then down, with samples rounded to 8 bits between. When shrinking, the kernel is as many times wider as
// the picture becomes smaller, so that nothing aliases. Weights add up to 1 within the picture and have 22 bits.
#pragma once

#include "tensor/image.h"

namespace lc::quality {

enum class Kernel {
  bicubic,  // a = -0.5, two samples each way
  lanczos,  // three samples each way
};

// rgb or gray8; width, height >= 1. What the proportions are is not kept.
Image resized(const ImageView& picture, int width, int height, Kernel kernel);

// At x, in samples from the middle.
double kernel_at(Kernel kernel, double x);
double kernel_reach(Kernel kernel);  // 0 from there on

}  // namespace lc::quality
