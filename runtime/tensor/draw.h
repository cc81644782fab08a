// Marks in a picture, of any of our formats and colours: areas, frames, words. What lies outside is left out.
//
// Words are drawn without a font library: capitals, digits and a little punctuation, 5 x 7 dots each.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tensor/image.h"
#include "tensor/rectangle.h"

namespace lc {

struct Colour {
  std::uint8_t red = 255, green = 255, blue = 255;
};

inline constexpr int kOpaque = 256;

//   opacity  0..kOpaque; gray pictures get the colour's luma
void fill(const MutableImageView& image, const Rectangle& area, Colour colour, int opacity = kOpaque);
// The border of an area, inside it.
void outline(const MutableImageView& image, const Rectangle& area, int thickness, Colour colour);

// A grid over an area, which its cells share evenly, each as opaque as its value says.
//   values   [rows][columns], 0..255
//   opacity  of 255
void tint(const MutableImageView& image, const Rectangle& area, std::span<const std::uint8_t> values, int rows,
          int columns, Colour colour, int opacity);

inline constexpr int kGlyphWidth = 6, kGlyphHeight = 8;  // in dots, with the space to the next one

// Characters that words take, a glyph each; of UTF-8 each code point is one.
int glyph_count(std::string_view text);
// Each dot is a square of `scale` pixels. Small letters become capitals, unknown characters question marks.
void draw_text(const MutableImageView& image, int x, int y, int scale, std::string_view text, Colour colour = {});

}  // namespace lc
