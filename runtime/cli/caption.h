// Words in a picture, without a font library: capitals, digits and a little punctuation, 5 x 7 dots each.
#pragma once

#include <string_view>

#include "tensor/image.h"

namespace lc::cli {

inline constexpr int kGlyphWidth = 6, kGlyphHeight = 8;  // with the space to the next one

// Draws `text` in white at x, y of an rgb picture, each dot `scale` pixels wide; what lies outside is left out. Small
// letters become capitals, unknown characters a blank.
void draw_text(const MutableImageView& image, int x, int y, int scale, std::string_view text);

}  // namespace lc::cli
