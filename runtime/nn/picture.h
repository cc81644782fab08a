// Pictures of bytes as the input of a network: its first layer's weights are taken to the samples of a format, so that
// nothing is converted before. The same conversion as tensor/convert.h, which is linear on the way in.
#pragma once

#include <span>
#include <vector>

#include "tensor/image.h"

namespace lc::nn {

struct PictureFormat {
  PixelFormat format = PixelFormat::rgb;
  ColourSpec colour;
};

// What a plan reads: pixel (0, 0) of its input is pixel (x, y) of the view, both even; beyond the view, edges are repeated.
struct PictureSlot {
  ImageView view;
  int x = 0, y = 0;
};

// The samples of one patch of side x side pixels (side even), in this order:
//   rgb, gray8   [row][column][sample]
//   i420, nv12   luma [side][side]; then, for networks of three channels, U and V [side / 2 + 2][side / 2 + 1] each, from the
//                row above to the row below and to the column after, which interpolation needs
class PatchReader {
 public:
  PatchReader(PixelFormat format, int channels, int side);

  int samples() const { return samples_; }
  // The patch whose first pixel is (x, y) of the view.
  void read(const ImageView& view, int x, int y, std::uint8_t* out) const;

 private:
  bool has_chroma_;
  int side_, pixel_, samples_;
};

// What the first layer sums over samples s: weights * (s - 128) + bias. Agrees with the conversion to a tensor but for the
// last row of pictures of odd height, whose chroma is repeated below it without interpolation.
struct FoldedPatch {
  std::vector<float> weights;  // [out][samples]
  std::vector<float> bias;     // [out]
};
//   weights   [out][side][side][channels], for values of 0..1
//   bias      [out], or empty
//   channels  3 (rgb) or 1 (luma)
FoldedPatch fold_patch(const PictureFormat& format, int channels, int side, std::span<const float> weights,
                       std::span<const float> bias);

}  // namespace lc::nn
