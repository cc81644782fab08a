#include "tensor/image.h"

#include <cstring>

#include "base/result.h"

namespace lc {

std::string_view to_string(PixelFormat format) {
  switch (format) {
    case PixelFormat::rgb:
      return "RGB";
    case PixelFormat::i420:
      return "I420";
    case PixelFormat::nv12:
      return "NV12";
    case PixelFormat::gray8:
      return "GRAY8";
  }
  return "unknown";
}

int row_bytes(PixelFormat format, int plane, int width) {
  if (plane == 0) return format == PixelFormat::rgb ? 3 * width : width;
  return format == PixelFormat::nv12 ? 2 * chroma_size(width) : chroma_size(width);
}

int row_count(PixelFormat, int plane, int height) { return plane == 0 ? height : chroma_size(height); }

void expect_valid(const ImageView& image) {
  LC_EXPECT(image.width > 0 && image.height > 0, "a picture has at least one pixel");
  LC_EXPECT(image.width <= Image::kMaxSide && image.height <= Image::kMaxSide,
            "a side is longer than Image::kMaxSide");
  for (int plane = 0; plane < plane_count(image.format); ++plane) {
    const auto at = static_cast<std::size_t>(plane);
    LC_EXPECT(image.planes[at] != nullptr, "a plane of the format is missing");
    LC_EXPECT(image.strides[at] >= row_bytes(image.format, plane, image.width),
              "a stride is shorter than its row");
  }
}

Image Image::make(PixelFormat format, int width, int height, ColourSpec colour) {
  LC_EXPECT(width > 0 && height > 0 && width <= kMaxSide && height <= kMaxSide, "sides are in 1..kMaxSide");
  Image image;
  image.format_ = format;
  image.width_ = width;
  image.height_ = height;
  image.colour_ = colour;
  std::size_t size = 0;
  for (int plane = 0; plane < plane_count(format); ++plane)
    size += static_cast<std::size_t>(row_bytes(format, plane, width)) *
            static_cast<std::size_t>(row_count(format, plane, height));
  image.samples_.resize(size);
  return image;
}

MutableImageView Image::mutable_view() {
  MutableImageView view{format_, width_, height_, colour_, {}, {}};
  std::uint8_t* next = samples_.data();
  for (int plane = 0; plane < plane_count(format_); ++plane) {
    const auto at = static_cast<std::size_t>(plane);
    view.planes[at] = next;
    view.strides[at] = row_bytes(format_, plane, width_);
    next += std::ptrdiff_t{view.strides[at]} * row_count(format_, plane, height_);
  }
  return view;
}

ImageView Image::view() const { return const_cast<Image*>(this)->mutable_view(); }

ImageView part_of(const ImageView& image, int x, int y, int width, int height) {
  LC_EXPECT(x >= 0 && y >= 0 && x % 2 == 0 && y % 2 == 0 && x + width <= image.width && y + height <= image.height,
            "the part lies in the picture, and begins on a chroma sample");
  ImageView part = image;
  part.width = width;
  part.height = height;
  for (int plane = 0; plane < plane_count(image.format); ++plane)
    part.planes[static_cast<std::size_t>(plane)] =
        image.row(plane, plane == 0 ? y : y / 2) + row_bytes(image.format, plane, x);
  return part;
}

Image copy(const ImageView& image) {
  expect_valid(image);
  Image out = Image::make(image.format, image.width, image.height, image.colour);
  copy(image, out.mutable_view());
  return out;
}

void copy(const ImageView& from, const MutableImageView& to) {
  LC_EXPECT(from.width == to.width && from.height == to.height, "pictures of one size");
  copy_area(from, 0, 0, from.width, from.height, to, 0, 0);
}

void copy_area(const ImageView& from, int x, int y, int width, int height, const MutableImageView& to, int to_x, int to_y) {
  LC_EXPECT(from.format == to.format, "pictures of one format");
  LC_EXPECT(x + width <= from.width && y + height <= from.height && to_x + width <= to.width && to_y + height <= to.height,
            "the area lies in both pictures");
  for (int plane = 0; plane < plane_count(from.format); ++plane) {
    const int halves = plane == 0 ? 1 : 2, rows = row_count(from.format, plane, height);
    const auto bytes = static_cast<std::size_t>(row_bytes(from.format, plane, width));
    const int from_at = row_bytes(from.format, plane, x), to_at = row_bytes(from.format, plane, to_x);
    for (int row = 0; row < rows; ++row)
      std::memcpy(to.row(plane, to_y / halves + row) + to_at, from.row(plane, y / halves + row) + from_at, bytes);
  }
}

}  // namespace lc
