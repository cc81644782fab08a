// Between pictures and tensors: float RGB, about 0..1, NHWC [padded_height][padded_width][3], or one channel
// of gray.
//
// Both ways are linear up to the final rounding, so that they can be folded into the first and the last layer
// of a network: going in, nothing is clamped (chroma outside the RGB cube gives values slightly outside
// 0..1); going out, only the finished 8-bit samples are. NaN becomes 0.
//
//   chroma in    bilinear, clamped at the edges. On luma column 2i c[i], on 2i+1 (c[i] + c[i+1]) / 2;
//                on luma row 2j (3 c[j] + c[j-1]) / 4, on 2j+1 (3 c[j] + c[j+1]) / 4
//   chroma out   of the cropped picture: (1 2 1) / 4 across around column 2i, mean of rows 2j and 2j+1,
//                edges repeated
//   padding      to the right and below by edge replication
//
// None of these allocates except those that return an Image. They throw ContractViolation for views and spans
// that do not fit (a mistake of ours). Agrees with the double arithmetic of tests/unit/tensor/convert_test.cc
// to 1 unit of 8 bits.
#pragma once

#include <span>

#include "tensor/image.h"

namespace lc {

// Any format to RGB. gray8 gives three equal channels.
//   out  [padded_height][padded_width][3], sides >= those of the picture
void to_rgb_tensor(const ImageView& image, int padded_width, int padded_height, std::span<float> out);

// The way back: the top left corner, in the format, matrix and range of `out`. gray8 receives the luma.
void from_rgb_tensor(std::span<const float> rgb, int padded_width, int padded_height,
                     const MutableImageView& out);

// One channel: luma, full range.
void to_gray_tensor(const ImageView& image, int padded_width, int padded_height, std::span<float> out);

// i420 and nv12 receive neutral chroma, rgb three equal channels.
void from_gray_tensor(std::span<const float> gray, int padded_width, int padded_height,
                      const MutableImageView& out);

// For metrics and files.
Image convert(const ImageView& image, PixelFormat format, ColourSpec colour = {});
Image to_rgb(const ImageView& image);

}  // namespace lc
