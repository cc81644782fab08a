// Pictures of 8 bits a sample: views of somebody's memory (a GStreamer buffer), and Image, which owns one.
//
//   format   planes                                                  strides in bytes
//   rgb      [h][w][3]                                               >= 3 w
//   i420     Y [h][w], U and V [(h+1)/2][(w+1)/2]                    >= w, >= (w+1)/2 each
//   nv12     Y [h][w], UV interleaved [(h+1)/2][(w+1)/2][2]          >= w, >= 2 ((w+1)/2)
//   gray8    [h][w]                                                  >= w
//
// Chroma of i420 and nv12 sits as in MPEG-2, H.264 and H.265 by default: on the left luma column of its pair,
// between the two luma rows. rgb and gray8 are always full range; of their ColourSpec only the matrix is
// looked at, for the luma weights between the two.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lc {

enum class PixelFormat { rgb, i420, nv12, gray8 };
enum class ColourMatrix { bt601, bt709 };
enum class ColourRange { full, limited };

struct ColourSpec {
  ColourMatrix matrix = ColourMatrix::bt601;
  ColourRange range = ColourRange::limited;
  bool operator==(const ColourSpec&) const = default;
};

// "RGB", "I420", "NV12", "GRAY8": the words of caps.
std::string_view to_string(PixelFormat format);

constexpr int plane_count(PixelFormat format) {
  return format == PixelFormat::i420 ? 3 : format == PixelFormat::nv12 ? 2 : 1;
}
// Samples of chroma along an edge of `luma` pixels.
constexpr int chroma_size(int luma) { return luma / 2 + luma % 2; }
// Bytes that a row of plane `plane` holds, and rows of that plane.
int row_bytes(PixelFormat format, int plane, int width);
int row_count(PixelFormat format, int plane, int height);

struct ImageView {
  PixelFormat format = PixelFormat::rgb;
  int width = 0, height = 0;
  ColourSpec colour;
  std::array<const std::uint8_t*, 3> planes{};
  std::array<int, 3> strides{};  // bytes between rows

  const std::uint8_t* row(int plane, int y) const {
    return planes[static_cast<std::size_t>(plane)] +
           std::ptrdiff_t{y} * strides[static_cast<std::size_t>(plane)];
  }
};

struct MutableImageView {
  PixelFormat format = PixelFormat::rgb;
  int width = 0, height = 0;
  ColourSpec colour;
  std::array<std::uint8_t*, 3> planes{};
  std::array<int, 3> strides{};

  std::uint8_t* row(int plane, int y) const {
    return planes[static_cast<std::size_t>(plane)] +
           std::ptrdiff_t{y} * strides[static_cast<std::size_t>(plane)];
  }
  operator ImageView() const {  // NOLINT: a view to write is a view to read
    return {format, width, height, colour, {planes[0], planes[1], planes[2]}, strides};
  }
};

// Throws ContractViolation unless sizes are positive, and planes and strides fit the format. Whoever makes
// views out of foreign memory has checked its size before.
void expect_valid(const ImageView& image);

// A picture with memory of its own, rows tightly packed. Allocates: not for the way of a live frame.
class Image {
 public:
  Image() = default;
  // Zeroed. Throws ContractViolation where a side is < 1 or above kMaxSide.
  static Image make(PixelFormat format, int width, int height, ColourSpec colour = {});

  static constexpr int kMaxSide = 1 << 15;

  PixelFormat format() const { return format_; }
  int width() const { return width_; }
  int height() const { return height_; }
  ColourSpec colour() const { return colour_; }
  bool empty() const { return samples_.empty(); }
  // All planes, one after the other.
  const std::vector<std::uint8_t>& samples() const { return samples_; }

  ImageView view() const;
  MutableImageView mutable_view();

 private:
  PixelFormat format_ = PixelFormat::rgb;
  int width_ = 0, height_ = 0;
  ColourSpec colour_;
  std::vector<std::uint8_t> samples_;
};

// The rectangle at (x, y), both even, as a view of its own.
ImageView part_of(const ImageView& image, int x, int y, int width, int height);

// A copy of what a view shows.
Image copy(const ImageView& image);
// The same format and size.
void copy(const ImageView& from, const MutableImageView& to);
// The rectangle at (x, y) of `from` to (to_x, to_y) of `to`; all even, of the same format.
void copy_area(const ImageView& from, int x, int y, int width, int height, const MutableImageView& to, int to_x, int to_y);

}  // namespace lc
