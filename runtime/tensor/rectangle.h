#pragma once

namespace lc {

// Of a picture, in pixels.
struct Rectangle {
  int x = 0, y = 0, width = 0, height = 0;
  bool empty() const { return width <= 0 || height <= 0; }
  bool operator==(const Rectangle&) const = default;
};

}  // namespace lc
