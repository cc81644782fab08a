#include "tensor/draw.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/result.h"
#include "tensor/colour.h"

namespace lc {
namespace {

std::uint8_t sample(double value) { return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L)); }

// The samples of one pixel: red, green, blue; luma and both chroma; or luma.
std::array<std::uint8_t, 3> samples_of(Colour colour, const MutableImageView& image) {
  if (image.format == PixelFormat::rgb) return {colour.red, colour.green, colour.blue};
  const auto [kr, kg, kb] = luma_weights(image.colour.matrix);
  const double red = colour.red / 255.0, blue = colour.blue / 255.0;
  const double luma = kr * red + kg * colour.green / 255.0 + kb * blue;
  if (image.format == PixelFormat::gray8) return {sample(255 * luma), 0, 0};
  const CodeRange code = code_range(image.colour.range);
  return {sample(code.offset + code.scale * luma), sample(128 + code.chroma_scale * (blue - luma) / (2 * (1 - kb))),
          sample(128 + code.chroma_scale * (red - luma) / (2 * (1 - kr)))};
}

// One plane, whose pixels have `channels` samples: those that begin in columns and rows [first, last).
struct Run {
  int first, last;
};
void blend(const MutableImageView& image, int plane, Run columns, Run rows, const std::uint8_t* ink, int channels,
           int opacity) {
  for (int y = rows.first; y < rows.last; ++y) {
    std::uint8_t* at = image.row(plane, y) + std::ptrdiff_t{columns.first} * channels;
    for (int x = columns.first; x < columns.last; ++x)
      for (int channel = 0; channel < channels; ++channel, ++at)
        *at = static_cast<std::uint8_t>(*at + (ink[channel] - *at) * opacity / kOpaque);
  }
}

}  // namespace

void fill(const MutableImageView& image, const Rectangle& area, Colour colour, int opacity) {
  const auto ink = samples_of(colour, image);
  const Run columns{std::max(area.x, 0), std::min(area.x + area.width, image.width)};
  const Run rows{std::max(area.y, 0), std::min(area.y + area.height, image.height)};
  if (columns.first >= columns.last || rows.first >= rows.last) return;
  blend(image, 0, columns, rows, ink.data(), image.format == PixelFormat::rgb ? 3 : 1, opacity);
  // Of chroma those samples whose first pixel is inside, so that areas side by side share them out.
  const auto half = [](Run run) { return Run{(run.first + 1) / 2, (run.last + 1) / 2}; };
  if (image.format == PixelFormat::nv12) blend(image, 1, half(columns), half(rows), ink.data() + 1, 2, opacity);
  if (image.format != PixelFormat::i420) return;
  for (int plane = 1; plane < 3; ++plane)
    blend(image, plane, half(columns), half(rows), ink.data() + plane, 1, opacity);
}

void outline(const MutableImageView& image, const Rectangle& area, int thickness, Colour colour) {
  const int inner = area.height - 2 * thickness;
  fill(image, {area.x, area.y, area.width, thickness}, colour);
  fill(image, {area.x, area.y + area.height - thickness, area.width, thickness}, colour);
  fill(image, {area.x, area.y + thickness, thickness, inner}, colour);
  fill(image, {area.x + area.width - thickness, area.y + thickness, thickness, inner}, colour);
}

void tint(const MutableImageView& image, const Rectangle& area, std::span<const std::uint8_t> values, int rows,
          int columns, Colour colour, int opacity) {
  LC_EXPECT(values.size() == static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns),
            "one value for each cell");
  const auto edge = [](int begin, int length, int k, int count) {
    return begin + static_cast<int>(std::int64_t{length} * k / count);
  };
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      const int x = edge(area.x, area.width, column, columns), y = edge(area.y, area.height, row, rows);
      const Rectangle cell{x, y, edge(area.x, area.width, column + 1, columns) - x,
                           edge(area.y, area.height, row + 1, rows) - y};
      fill(image, cell, colour, values[static_cast<std::size_t>(row * columns + column)] * opacity / 255);
    }
}

}  // namespace lc
