#include "elements/study/packed_rows.h"

#include <cstring>

namespace lc::elements {

study::Shape pack_rows(const ImageView& picture, Bytes& out) {
  const study::Shape shape{picture.width, picture.height, row_bytes(picture.format, 0, 1)};
  const std::size_t row = shape.row_bytes();
  out.resize(shape.bytes());
  for (int y = 0; y < picture.height; ++y)
    std::memcpy(out.data() + static_cast<std::size_t>(y) * row, picture.row(0, y), row);
  return shape;
}

void unpack_rows(ByteSpan rows, const MutableImageView& picture) {
  const std::size_t row = rows.size() / static_cast<std::size_t>(picture.height);
  for (int y = 0; y < picture.height; ++y)
    std::memcpy(picture.row(0, y), rows.data() + static_cast<std::size_t>(y) * row, row);
}

}  // namespace lc::elements
