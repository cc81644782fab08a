// Where a picture differs from what was seen before by more than the noise of its camera.
//
// Squares of 8 x 8 samples of each plane are compared by their mean, where noise cancels out, and by their mean
// absolute difference. How much of that is noise is the median over the picture, for most of what a fixed camera sees
// is at rest; it counts up to sensor noise of a sigma of about 5.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "tensor/image.h"

namespace lc::codec {

class ChangeDetector {
 public:
  // For pictures of one format and size.
  ChangeDetector(PixelFormat format, int width, int height);

  // Marks the latent positions (16 x 16 pixels) that changed, [rows][columns]. Valid until the next call.
  std::span<const std::uint8_t> compare(const ImageView& picture);

  // What `picture` shows at this position is seen from now on.
  void keep(const ImageView& picture, int row, int column);

 private:
  struct Plane {
    int samples = 1;                 // bytes of a pixel, each a channel of its own
    int width = 0, height = 0;       // pixels
    int cell = 16;                   // pixels of a latent position along an axis
    std::vector<std::uint8_t> seen;  // [height][width][samples]
  };
  struct Difference {
    float mean, absolute;  // of a square, the worst of its channels; of a position, the worst of its squares
  };
  static void compare_squares(const Plane& plane, const std::uint8_t* picture, std::ptrdiff_t stride, int y, Difference* worst);

  int rows_, columns_;
  std::vector<Plane> planes_;
  std::vector<Difference> differences_;  // [rows][columns], the worst square of each position
  std::vector<std::uint8_t> changed_;
};

}  // namespace lc::codec
