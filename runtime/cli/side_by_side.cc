#include "cli/side_by_side.h"

#include <algorithm>

#include "tensor/convert.h"
#include "tensor/draw.h"

namespace lc::cli {

Image side_by_side(const ImageView& left, const ImageView& right, std::string_view left_words,
                   std::string_view right_words) {
  constexpr int kGap = 4, kScale = 2, kMargin = 4, kTop = kScale * kGlyphHeight + 2 * kMargin;
  const int second = left.width + kGap;
  Image out = Image::make(PixelFormat::rgb, second + right.width, kTop + std::max(left.height, right.height));
  const MutableImageView target = out.mutable_view();
  const auto paint = [&](const ImageView& picture, int x, std::string_view words) {
    const Image rgb = to_rgb(picture);
    for (int y = 0; y < rgb.height(); ++y)
      std::copy_n(rgb.view().row(0, y), 3 * rgb.width(), target.row(0, kTop + y) + 3 * x);
    draw_text(target, x + kMargin, kMargin, kScale, words);
  };
  paint(left, 0, left_words);
  paint(right, second, right_words);
  return out;
}

}  // namespace lc::cli
