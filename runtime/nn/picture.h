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
  bool operator==(const PictureFormat&) const = default;
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

// What a plan paints: pixel (0, 0) of its output is pixel (0, 0) of the view; what lies beyond the view is dropped.
struct PaintSlot {
  MutableImageView view;
};

// The last layer's sums as samples of a format, 0..255 before rounding, in this order for each block x block pixels:
//   rgb, gray8   [row][column][sample]
//   i420, nv12   luma [block][block]; then of U and of V, with half = block / 2: [half][half], the first column without what
//                the pixel to its left adds; [half] what the last column adds to the next block; [half] what stands in for the
//                pixel to the left at the picture's edge
// As tensor/convert.h, but that at the right and lower edge of pictures of odd size, chroma comes from what the network
// computed beyond them.
struct FoldedPaint {
  std::vector<float> weights;  // [samples][k]
  std::vector<float> bias;     // [samples]
};
//   weights  [block][block][channels][k], of values of 0..1
//   bias     [block][block][channels], or empty
FoldedPaint fold_paint(const PictureFormat& format, int channels, int block, std::span<const float> weights,
                       std::span<const float> bias);

}  // namespace lc::nn
