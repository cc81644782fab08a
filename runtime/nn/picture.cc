#include "nn/picture.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "nn/copy_run.h"
#include "tensor/colour.h"

namespace lc::nn {
namespace {

bool is_yuv(PixelFormat format) { return format == PixelFormat::i420 || format == PixelFormat::nv12; }

std::size_t size(int n) { return static_cast<std::size_t>(n); }

// A block of samples `step` bytes apart; edges are repeated.
void read_block(const std::uint8_t* plane, int stride, int step, int plane_width, int plane_height, int x, int y, int columns,
                int rows, std::uint8_t* out) {
  const bool inside = x >= 0 && x + columns <= plane_width;
  for (int i = 0; i < rows; ++i, out += columns) {
    const std::uint8_t* row = plane + std::ptrdiff_t{std::clamp(y + i, 0, plane_height - 1)} * stride;
    if (inside && step == 1) {
      copy_run(out, row + x, size(columns));
    } else {
      for (int j = 0; j < columns; ++j) out[j] = row[std::clamp(x + j, 0, plane_width - 1) * step];
    }
  }
}

// value = sum of samples * weight + offset, for each colour channel; u and v for full-resolution chroma.
struct ToRgb {
  std::array<double, 3> y, u, v, offset;
};

ToRgb to_rgb_of(ColourSpec colour) {
  const YuvToRgb k = yuv_to_rgb(colour);
  return {{k.y, k.y, k.y}, {0, k.gu, k.bu}, {k.rv, k.gv, 0}, {k.r0, k.g0, k.b0}};
}

// Chroma sample `i` of those that are read, as seen from pixel `at` of the patch along an axis.
double across(int at, int i) {  // samples begin at the patch
  if (at % 2 == 0) return i == at / 2 ? 1 : 0;
  return i == at / 2 || i == at / 2 + 1 ? 0.5 : 0;
}
double down(int at, int i) {  // samples begin one above
  const int near = at / 2 + 1, far = at % 2 == 0 ? near - 1 : near + 1;
  return i == near ? 0.75 : i == far ? 0.25 : 0;
}

}  // namespace

PatchReader::PatchReader(PixelFormat format, int channels, int side)
    : has_chroma_(is_yuv(format) && channels == 3), side_(side), pixel_(format == PixelFormat::rgb ? 3 : 1) {
  samples_ = side * side * pixel_ + (has_chroma_ ? 2 * (side / 2 + 2) * (side / 2 + 1) : 0);
}

void PatchReader::read(const ImageView& view, int x, int y, std::uint8_t* out) const {
  if (pixel_ == 3) {
    if (x + side_ <= view.width) {
      for (int i = 0; i < side_; ++i, out += 3 * side_) {
        const std::uint8_t* row = view.row(0, std::min(y + i, view.height - 1)) + 3 * x;
        copy_run(out, row, size(3 * side_));
      }
      return;
    }
    for (int i = 0; i < side_; ++i)
      for (int j = 0; j < side_; ++j, out += 3)
        std::memcpy(out, view.row(0, std::min(y + i, view.height - 1)) + 3 * std::min(x + j, view.width - 1), 3);
    return;
  }
  read_block(view.planes[0], view.strides[0], 1, view.width, view.height, x, y, side_, side_, out);
  if (!has_chroma_) return;
  out += side_ * side_;
  const int columns = side_ / 2 + 1, rows = side_ / 2 + 2;
  const int width = chroma_size(view.width), height = chroma_size(view.height);
  const bool planar = view.format == PixelFormat::i420;
  for (int plane = 0; plane < 2; ++plane, out += columns * rows)
    read_block(planar ? view.planes[size(1 + plane)] : view.planes[1] + plane, view.strides[size(planar ? 1 + plane : 1)],
               planar ? 1 : 2, width, height, x / 2, y / 2 - 1, columns, rows, out);
}

FoldedPatch fold_patch(const PictureFormat& format, int channels, int side, std::span<const float> weights,
                       std::span<const float> bias) {
  const std::size_t patch = size(side * side), per_output = patch * size(channels);
  const std::size_t outputs = weights.size() / per_output;
  const auto samples = size(PatchReader(format.format, channels, side).samples());
  const ToRgb to_rgb = to_rgb_of(format.colour);
  const LumaWeights luma = luma_weights(format.colour.matrix);
  const CodeRange code = code_range(format.colour.range);
  FoldedPatch folded;
  for (std::size_t o = 0; o < outputs; ++o) {
    const float* w = weights.data() + o * per_output;
    std::vector<double> sum(samples);
    double constant = bias.empty() ? 0 : bias[o];
    for (std::size_t pixel = 0; pixel < patch; ++pixel) {
      for (int c = 0; c < channels; ++c) {
        const double weight = w[pixel * size(channels) + size(c)];
        if (format.format == PixelFormat::gray8) {
          sum[pixel] += weight / 255;
        } else if (format.format == PixelFormat::rgb) {
          if (channels == 3) {
            sum[pixel * 3 + size(c)] += weight / 255;
            continue;
          }
          const double parts[3] = {luma.r, luma.g, luma.b};
          for (std::size_t i = 0; i < 3; ++i) sum[pixel * 3 + i] += weight * parts[i] / 255;
        } else if (channels == 1) {
          sum[pixel] += weight / code.scale;
          constant -= weight * code.offset / code.scale;
        } else {
          sum[pixel] += weight * to_rgb.y[size(c)];
          constant += weight * to_rgb.offset[size(c)];
          const int row = static_cast<int>(pixel) / side, column = static_cast<int>(pixel) % side;
          const int rows = side / 2 + 2, columns = side / 2 + 1;
          for (int i = 0; i < rows; ++i)
            for (int j = 0; j < columns; ++j) {
              const double share = down(row, i) * across(column, j) * weight;
              sum[patch + size(i * columns + j)] += share * to_rgb.u[size(c)];
              sum[patch + size((rows + i) * columns + j)] += share * to_rgb.v[size(c)];
            }
        }
      }
    }
    for (double s : sum) constant += 128 * s;
    for (double s : sum) folded.weights.push_back(static_cast<float>(s));
    folded.bias.push_back(static_cast<float>(constant));
  }
  return folded;
}

namespace {

// Sums of rows of a matrix, with the bias as a further column.
class Rows {
 public:
  Rows(std::span<const float> weights, std::span<const float> bias, std::size_t rows)
      : weights_(weights), bias_(bias), k_(weights.size() / rows), sum_(k_ + 1) {}

  void add(std::size_t row, double by) {
    for (std::size_t i = 0; i < k_; ++i) sum_[i] += by * weights_[row * k_ + i];
    if (!bias_.empty()) sum_[k_] += by * bias_[row];
  }
  void add_constant(double by) { sum_[k_] += by; }
  void finish(FoldedPaint& out) {
    for (std::size_t i = 0; i < k_; ++i) out.weights.push_back(static_cast<float>(sum_[i]));
    out.bias.push_back(static_cast<float>(sum_[k_]));
    std::fill(sum_.begin(), sum_.end(), 0.0);
  }

 private:
  std::span<const float> weights_, bias_;
  std::size_t k_;
  std::vector<double> sum_;
};

}  // namespace

FoldedPaint fold_paint(const PictureFormat& format, int channels, int block, std::span<const float> weights,
                       std::span<const float> bias) {
  const std::size_t pixels = size(block * block);
  Rows rows(weights, bias, pixels * size(channels));
  FoldedPaint out;
  const LumaWeights k = luma_weights(format.colour.matrix);
  const bool yuv = is_yuv(format.format);
  const CodeRange code = code_range(yuv ? format.colour.range : ColourRange::full);
  // A pixel's R, G and B, weighed; a network of one channel has them alike.
  const auto add_pixel = [&](std::size_t pixel, double r, double g, double b) {
    if (channels == 1) return rows.add(pixel, r + g + b);
    const double parts[3] = {r, g, b};
    for (std::size_t c = 0; c < 3; ++c) rows.add(pixel * 3 + c, parts[c]);
  };
  if (format.format == PixelFormat::rgb) {
    for (std::size_t pixel = 0; pixel < pixels; ++pixel)
      for (std::size_t c = 0; c < 3; ++c) {
        rows.add(channels == 1 ? pixel : pixel * 3 + c, 255);
        rows.finish(out);
      }
    return out;
  }
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
    add_pixel(pixel, code.scale * k.r, code.scale * k.g, code.scale * k.b);
    rows.add_constant(code.offset);
    rows.finish(out);
  }
  if (!yuv) return out;
  const int half = block / 2;
  for (const bool is_u : {true, false}) {
    const double scale = code.chroma_scale / (2 * (1 - (is_u ? k.b : k.r)));
    const double r = scale * ((is_u ? 0 : 1) - k.r), g = -scale * k.g, b = scale * ((is_u ? 1 : 0) - k.b);
    // Column `column` of the two rows of chroma row `row`, of which each pixel counts for `share`.
    const auto add_column = [&](int row, int column, double share) {
      for (int i = 0; i < 2; ++i) add_pixel(size((2 * row + i) * block + column), share * r, share * g, share * b);
    };
    for (int row = 0; row < half; ++row)
      for (int column = 0; column < half; ++column) {
        if (column > 0) add_column(row, 2 * column - 1, 0.125);
        add_column(row, 2 * column, 0.25);
        add_column(row, 2 * column + 1, 0.125);
        rows.add_constant(128);
        rows.finish(out);
      }
    for (const int column : {block - 1, 0})
      for (int row = 0; row < half; ++row) {
        add_column(row, column, 0.125);
        rows.finish(out);
      }
  }
  return out;
}

}  // namespace lc::nn
