// The fast conversions against a plain twin in double arithmetic, written per sample from the definitions in
// convert.h.
#include "tensor/convert.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "support/test.h"
#include "tensor/colour.h"

using namespace lc;

namespace {

constexpr ColourSpec kSpecs[] = {{ColourMatrix::bt601, ColourRange::limited},
                                 {ColourMatrix::bt601, ColourRange::full},
                                 {ColourMatrix::bt709, ColourRange::limited},
                                 {ColourMatrix::bt709, ColourRange::full}};
constexpr PixelFormat kFormats[] = {PixelFormat::rgb, PixelFormat::i420, PixelFormat::nv12,
                                    PixelFormat::gray8};
// With tiles of 256: one tile, exactly one, one and a bit, odd ends, and the smallest.
constexpr std::pair<int, int> kSizes[] = {{1, 1},  {2, 1},  {1, 2},   {3, 3},   {5, 4},   {16, 16}, {17, 7},
                                          {31, 2}, {64, 5}, {255, 3}, {256, 2}, {257, 3}, {258, 4}, {515, 2}};

// A picture whose rows are wider than they need to be; what lies between the rows must not be touched.
struct Strided {
  Image image;  // of the padded width; only for its memory
  MutableImageView view;
  Strided(PixelFormat format, int width, int height, ColourSpec colour, std::uint8_t filler)
      : image(Image::make(format, width + 9, height, colour)) {
    view = image.mutable_view();
    std::fill_n(view.planes[0], image.samples().size(), filler);
    view.width = width;
  }
  // Bytes that belong to no sample, in order.
  std::vector<std::uint8_t> gaps() const {
    std::vector<std::uint8_t> out;
    for (int plane = 0; plane < plane_count(view.format); ++plane)
      for (int y = 0; y < row_count(view.format, plane, view.height); ++y)
        for (int x = row_bytes(view.format, plane, view.width);
             x < view.strides[static_cast<std::size_t>(plane)]; ++x)
          out.push_back(view.row(plane, y)[x]);
    return out;
  }
};

Strided random_picture(PixelFormat format, int width, int height, ColourSpec colour, unsigned seed) {
  Strided picture(format, width, height, colour, 0xEE);
  std::mt19937 random(seed);
  for (int plane = 0; plane < plane_count(format); ++plane)
    for (int y = 0; y < row_count(format, plane, height); ++y)
      for (int x = 0; x < row_bytes(format, plane, width); ++x)
        picture.view.row(plane, y)[x] = static_cast<std::uint8_t>(random() & 255);
  return picture;
}

double chroma_at(const ImageView& image, int which, int cx, int cy) {
  cx = std::clamp(cx, 0, chroma_size(image.width) - 1);
  cy = std::clamp(cy, 0, chroma_size(image.height) - 1);
  return image.format == PixelFormat::i420 ? image.row(1 + which, cy)[cx] : image.row(1, cy)[2 * cx + which];
}

double chroma_upsampled(const ImageView& image, int which, int x, int y) {
  const auto across = [&](int cy) {
    return x % 2 == 0 ? chroma_at(image, which, x / 2, cy)
                      : (chroma_at(image, which, x / 2, cy) + chroma_at(image, which, x / 2 + 1, cy)) / 2;
  };
  return 0.75 * across(y / 2) + 0.25 * across(y % 2 == 0 ? y / 2 - 1 : y / 2 + 1);
}

std::array<double, 3> rgb_at(const ImageView& image, int x, int y) {
  x = std::min(x, image.width - 1);
  y = std::min(y, image.height - 1);
  const std::uint8_t* row = image.row(0, y);
  if (image.format == PixelFormat::rgb)
    return {row[3 * x] / 255.0, row[3 * x + 1] / 255.0, row[3 * x + 2] / 255.0};
  if (image.format == PixelFormat::gray8) return {row[x] / 255.0, row[x] / 255.0, row[x] / 255.0};
  const LumaWeights k = luma_weights(image.colour.matrix);
  const CodeRange code = code_range(image.colour.range);
  const double luma = (row[x] - code.offset) / code.scale;
  const double cb = (chroma_upsampled(image, 0, x, y) - 128) / code.chroma_scale;
  const double cr = (chroma_upsampled(image, 1, x, y) - 128) / code.chroma_scale;
  const double r = luma + 2 * (1 - k.r) * cr, b = luma + 2 * (1 - k.b) * cb;
  return {r, (luma - k.r * r - k.b * b) / k.g, b};
}

// What sample (x, y) of a plane should be, before rounding, for an RGB tensor.
double expected_sample(std::span<const float> rgb, int padded_width, const ImageView& out, int plane, int x,
                       int y) {
  const auto at = [&](int px, int py, int c) -> double {
    px = std::clamp(px, 0, out.width - 1);
    py = std::clamp(py, 0, out.height - 1);
    return rgb[(static_cast<std::size_t>(py) * static_cast<std::size_t>(padded_width) +
                static_cast<std::size_t>(px)) *
                   3 +
               static_cast<std::size_t>(c)];
  };
  const LumaWeights k = luma_weights(out.colour.matrix);
  const auto luma = [&](double r, double g, double b) { return k.r * r + k.g * g + k.b * b; };
  if (out.format == PixelFormat::rgb) return 255 * at(x / 3, y, x % 3);
  if (out.format == PixelFormat::gray8) return 255 * luma(at(x, y, 0), at(x, y, 1), at(x, y, 2));
  const CodeRange code = code_range(out.colour.range);
  if (plane == 0) return code.offset + code.scale * luma(at(x, y, 0), at(x, y, 1), at(x, y, 2));
  const int cx = out.format == PixelFormat::nv12 ? x / 2 : x;
  const bool is_red = out.format == PixelFormat::nv12 ? x % 2 == 1 : plane == 2;
  std::array<double, 3> mean{};
  for (int c = 0; c < 3; ++c)
    for (int dy = 0; dy < 2; ++dy)
      mean[static_cast<std::size_t>(c)] +=
          (at(2 * cx - 1, 2 * y + dy, c) + 2 * at(2 * cx, 2 * y + dy, c) + at(2 * cx + 1, 2 * y + dy, c)) / 8;
  const double grey = luma(mean[0], mean[1], mean[2]);
  return 128 + code.chroma_scale *
                   (is_red ? (mean[0] - grey) / (2 * (1 - k.r)) : (mean[2] - grey) / (2 * (1 - k.b)));
}

std::size_t area(int width, int height) {
  return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
}

}  // namespace

TEST_CASE(
    "convert: pictures of every format, range, matrix and size become the RGB tensor of the plain twin") {
  for (const auto& [width, height] : kSizes)
    for (const PixelFormat format : kFormats)
      for (const ColourSpec spec : kSpecs) {
        const Strided picture = random_picture(format, width, height, spec, 7);
        const int padded_width = (width + 15) / 16 * 16, padded_height = height + 3;
        std::vector<float> rgb(3 * area(padded_width, padded_height), -9.0F);
        to_rgb_tensor(picture.view, padded_width, padded_height, rgb);
        double worst = 0;
        for (int y = 0; y < padded_height; ++y)
          for (int x = 0; x < padded_width; ++x)
            for (std::size_t c = 0; c < 3; ++c)
              worst = std::max(worst,
                               std::abs(rgb_at(picture.view, x, y)[c] -
                                        rgb[(area(padded_width, y) + static_cast<std::size_t>(x)) * 3 + c]));
        CAPTURE(width);
        CAPTURE(height);
        CAPTURE(std::string(to_string(format)));
        REQUIRE(worst < 2e-6);
      }
}

TEST_CASE("convert: RGB tensors become the samples of the plain twin, clamped, cropped, gaps untouched") {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> value(-0.3F, 1.3F);
  for (const auto& [width, height] : kSizes)
    for (const PixelFormat format : kFormats)
      for (const ColourSpec spec : kSpecs) {
        const int padded_width = width + 5, padded_height = height + 1;
        std::vector<float> rgb(3 * area(padded_width, padded_height));
        for (float& v : rgb) v = value(random);
        Strided picture(format, width, height, spec, 0xEE);
        from_rgb_tensor(rgb, padded_width, padded_height, picture.view);
        CAPTURE(width);
        CAPTURE(height);
        CAPTURE(std::string(to_string(format)));
        for (int plane = 0; plane < plane_count(format); ++plane)
          for (int y = 0; y < row_count(format, plane, height); ++y)
            for (int x = 0; x < row_bytes(format, plane, width); ++x) {
              const double exact =
                  std::clamp(expected_sample(rgb, padded_width, picture.view, plane, x, y), 0.0, 255.0);
              REQUIRE(std::abs(picture.view.row(plane, y)[x] - exact) < 0.5 + 1e-3);
            }
        const auto gaps = picture.gaps();
        REQUIRE(std::count(gaps.begin(), gaps.end(), 0xEE) == static_cast<std::ptrdiff_t>(gaps.size()));
      }
}

TEST_CASE("convert: one channel takes the luma in full range and gives neutral chroma back") {
  for (const auto& [width, height] : kSizes)
    for (const ColourSpec spec : kSpecs) {
      const Strided picture = random_picture(PixelFormat::nv12, width, height, spec, 3);
      std::vector<float> gray(area(width + 4, height + 2));
      to_gray_tensor(picture.view, width + 4, height + 2, gray);
      const CodeRange code = code_range(spec.range);
      CHECK(gray[0] == doctest::Approx((picture.view.row(0, 0)[0] - code.offset) / code.scale).epsilon(1e-5));
      CHECK(gray.back() == gray[area(width + 4, height - 1) + static_cast<std::size_t>(width) - 1]);
      Strided back(PixelFormat::nv12, width, height, spec, 0xEE);
      from_gray_tensor(gray, width + 4, height + 2, back.view);
      for (int y = 0; y < height; ++y)
        REQUIRE(std::equal(back.view.row(0, y), back.view.row(0, y) + width, picture.view.row(0, y)));
      CHECK(back.view.row(1, 0)[0] == 128);
      CHECK(back.view.row(1, (height - 1) / 2)[2 * chroma_size(width) - 1] == 128);
    }
  const Strided rgb = random_picture(PixelFormat::rgb, 5, 3, {}, 5);
  std::vector<float> gray(15), from_rgb(45);
  to_gray_tensor(rgb.view, 5, 3, gray);
  to_rgb_tensor(rgb.view, 5, 3, from_rgb);
  const LumaWeights k = luma_weights(ColourMatrix::bt601);
  for (std::size_t i = 0; i < 15; ++i)
    CHECK(gray[i] ==
          doctest::Approx(k.r * from_rgb[3 * i] + k.g * from_rgb[3 * i + 1] + k.b * from_rgb[3 * i + 2])
              .epsilon(1e-5));
}

TEST_CASE("convert: known colours have their known codes") {
  const auto codes = [](float r, float g, float b, ColourSpec spec) {
    Image image = Image::make(PixelFormat::i420, 1, 1, spec);
    const float rgb[3] = {r, g, b};
    from_rgb_tensor(rgb, 1, 1, image.mutable_view());
    return image.samples();
  };
  using Codes = std::vector<std::uint8_t>;
  CHECK(codes(1, 1, 1, kSpecs[0]) == Codes{235, 128, 128});
  CHECK(codes(0, 0, 0, kSpecs[0]) == Codes{16, 128, 128});
  CHECK(codes(1, 0, 0, kSpecs[0]) == Codes{81, 90, 240});   // 601 red
  CHECK(codes(0, 1, 0, kSpecs[0]) == Codes{145, 54, 34});   // 601 green
  CHECK(codes(0, 0, 1, kSpecs[0]) == Codes{41, 240, 110});  // 601 blue
  CHECK(codes(1, 0, 0, kSpecs[2]) == Codes{63, 102, 240});  // 709 red
  CHECK(codes(1, 1, 1, kSpecs[1]) == Codes{255, 128, 128});
}

TEST_CASE("convert: I420 survives the way there and back where chroma is smooth") {
  Image image = Image::make(PixelFormat::i420, 38, 22);
  const MutableImageView view = image.mutable_view();
  std::mt19937 random(1);
  for (int y = 0; y < 22; ++y)
    for (int x = 0; x < 38; ++x) view.row(0, y)[x] = static_cast<std::uint8_t>(16 + random() % 220);
  for (int y = 0; y < 11; ++y)
    for (int x = 0; x < 19; ++x) {
      view.row(1, y)[x] = static_cast<std::uint8_t>(90 + 2 * x + y);
      view.row(2, y)[x] = static_cast<std::uint8_t>(170 - x - 3 * y);
    }
  const Image back = convert(convert(image.view(), PixelFormat::i420).view(), PixelFormat::i420);
  int worst = 0;
  for (std::size_t i = 0; i < back.samples().size(); ++i)
    worst = std::max(worst, std::abs(back.samples()[i] - image.samples()[i]));
  CHECK(worst <= 1);
}

TEST_CASE("convert: NaN and infinity become valid samples") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> rgb{nan, inf, -inf, 1e30F, -1e30F, nan};
  Image image = Image::make(PixelFormat::rgb, 2, 1);
  from_rgb_tensor(rgb, 2, 1, image.mutable_view());
  CHECK(image.samples() == std::vector<std::uint8_t>{0, 255, 0, 255, 0, 0});
}

TEST_CASE("convert: tensors that do not fit are a contract violation") {
  Image image = Image::make(PixelFormat::i420, 20, 10);
  std::vector<float> rgb(32 * 16 * 3);
  CHECK_NOTHROW(to_rgb_tensor(image.view(), 32, 16, rgb));
  CHECK_THROWS_AS(to_rgb_tensor(image.view(), 32, 15, rgb), ContractViolation);
  CHECK_THROWS_AS(to_rgb_tensor(image.view(), 16, 32, rgb), ContractViolation);
  CHECK_THROWS_AS(from_rgb_tensor(rgb, 16, 32, image.mutable_view()), ContractViolation);
}
