// Which parts of a picture a classifier looks at.
#pragma once

#include <vector>

#include "tensor/rectangle.h"

namespace lc::classify {

using lc::Rectangle;

enum class Region {
  full,    // all of it
  center,  // the middle, half of each side
  tiles,   // a grid of parts, each for itself: the most confident one is the answer
};

inline constexpr int kMaxTiles = 8;  // along a side

// Parts of one size, which cover the picture, but for less than a step at its right and lower edges, or its middle.
// Neighbours overlap where the sides do not divide.
//   width, height  of the picture, >= 1
//   tiles          along a side, 1..kMaxTiles
//   step           corners lie on its multiples, and sides are multiples of it where the picture is large enough
//   out            overwritten; row by row
void parts_of(int width, int height, Region region, int tiles, int step, std::vector<Rectangle>& out);

}  // namespace lc::classify
