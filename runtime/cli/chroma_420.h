// RGB to 4:2:0 and back as the best encoders of files do it, so that a rival in `latentcast eval` loses little to its
// format: Lanczos filters of three lobes, BT.601 limited range, chroma in the middle of its four pixels, f32 up to the last
// rounding. Slow, for measuring.
#pragma once

#include "tensor/image.h"

namespace lc::cli {

// I420 of an RGB picture; odd sides grow by one with the edge repeated.
Image to_420(const ImageView& rgb);

// The top left `width` x `height` of an I420 picture as RGB, whatever colours it says it has.
Image from_420(const ImageView& i420, int width, int height);

}  // namespace lc::cli
