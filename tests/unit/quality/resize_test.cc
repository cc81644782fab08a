// Pillow's resize(): what it gives, to the byte, and a direct twin in double arithmetic.
#include "quality/resize.h"

#include <cmath>
#include <numeric>

#include "support.h"

using namespace lc;
using namespace lc::quality;

namespace {

Image drawn(PixelFormat format, int width, int height) {
  Image image = Image::make(format, width, height);
  const int channels = row_bytes(format, 0, 1);
  const auto view = image.mutable_view();
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        view.row(0, y)[channels * x + c] =
            static_cast<std::uint8_t>(x * x * 37 + y * y * 91 + x * y * 53 + c * 77 + (x / 3 + y / 2) % 2 * 140);
  return image;
}

std::vector<int> samples_of(const Image& image) {
  std::vector<int> out;
  for (int y = 0; y < image.height(); ++y)
    for (int i = 0; i < row_bytes(image.format(), 0, image.width()); ++i) out.push_back(image.view().row(0, y)[i]);
  return out;
}

// From the definition: every sample of the source, by its weight, along one axis.
std::vector<double> along(const std::vector<double>& line, int to, Kernel kernel) {
  const double scale = static_cast<double>(line.size()) / to, widened = std::max(scale, 1.0);
  std::vector<double> out;
  for (int i = 0; i < to; ++i) {
    double sum = 0, weights = 0;
    for (std::size_t k = 0; k < line.size(); ++k) {
      const double weight = kernel_at(kernel, (static_cast<double>(k) + 0.5 - (i + 0.5) * scale) / widened);
      sum += weight * line[k], weights += weight;
    }
    out.push_back(std::clamp(std::floor(sum / weights + 0.5), 0.0, 255.0));
  }
  return out;
}

// Gray: rows, then columns.
std::vector<int> twin(const Image& picture, int width, int height, Kernel kernel) {
  std::vector<std::vector<double>> rows;
  for (int y = 0; y < picture.height(); ++y) {
    const std::uint8_t* row = picture.view().row(0, y);
    rows.push_back(along(std::vector<double>(row, row + picture.width()), width, kernel));
  }
  std::vector<int> out(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int x = 0; x < width; ++x) {
    std::vector<double> column;
    for (const auto& row : rows) column.push_back(row[static_cast<std::size_t>(x)]);
    const auto mixed = along(column, height, kernel);
    for (int y = 0; y < height; ++y)
      out[static_cast<std::size_t>(y * width + x)] = static_cast<int>(mixed[static_cast<std::size_t>(y)]);
  }
  return out;
}

}  // namespace

TEST_CASE("resize: gives the bytes that Pillow 9.4 gives") {
  using Samples = std::vector<int>;
  const Image gray = drawn(PixelFormat::gray8, 16, 12);
  CHECK(samples_of(resized(gray.view(), 5, 4, Kernel::lanczos)) ==
        Samples{133, 141, 126, 115, 109, 155, 164, 139, 145, 123, 144, 92, 123, 119, 130, 132, 73, 163, 149, 133});
  CHECK(samples_of(resized(gray.view(), 5, 4, Kernel::bicubic)) ==
        Samples{132, 138, 128, 114, 109, 153, 165, 138, 142, 124, 144, 97, 122, 121, 130, 132, 74, 159, 149, 134});
  CHECK(samples_of(resized(drawn(PixelFormat::rgb, 16, 12).view(), 5, 4, Kernel::lanczos)) ==
        Samples{133, 124, 144, 141, 115, 146, 126, 121, 139, 115, 138, 83,  109, 144, 108, 155, 142, 101, 164, 96,
                149, 139, 169, 104, 145, 122, 117, 123, 88,  122, 144, 128, 84,  92,  132, 141, 123, 122, 142, 119,
                124, 154, 130, 127, 122, 132, 117, 137, 73,  139, 135, 163, 105, 118, 149, 88,  113, 133, 139, 81});
  struct Sum {
    Kernel kernel;
    int width, height, sum;
  };
  for (const Sum& s : {Sum{Kernel::lanczos, 23, 3, 9018},
                       {Kernel::lanczos, 16, 7, 14507},
                       {Kernel::bicubic, 23, 3, 9020},
                       {Kernel::bicubic, 16, 7, 14497}}) {
    const auto samples = samples_of(resized(gray.view(), s.width, s.height, s.kernel));
    CHECK(std::accumulate(samples.begin(), samples.end(), 0) == s.sum);
  }
}

TEST_CASE("resize: agrees with its definition, larger and smaller, but where a half is rounded") {
  for (const Kernel kernel : {Kernel::lanczos, Kernel::bicubic})
    for (const auto& [width, height] : {std::pair{20, 20}, {64, 9}, {7, 50}, {1, 1}, {33, 31}, {32, 80}}) {
      CAPTURE(width);
      const Image picture = test::random_image(PixelFormat::gray8, 33, 31, 5);
      const auto fast = samples_of(resized(picture.view(), width, height, kernel));
      const auto slow = twin(picture, width, height, kernel);
      REQUIRE(fast.size() == slow.size());
      std::size_t other = 0;
      for (std::size_t i = 0; i < fast.size(); ++i) {
        CHECK(std::abs(fast[i] - slow[i]) <= 1);
        other += fast[i] != slow[i];
      }
      CHECK(other * 500 <= fast.size());
    }
}

TEST_CASE("resize: a flat picture stays flat, and the same size is the same picture") {
  const Image flat = test::flat_image(PixelFormat::rgb, 40, 30, 201);
  for (const int sample : samples_of(resized(flat.view(), 17, 90, Kernel::lanczos))) CHECK(sample == 201);
  const Image picture = test::random_image(PixelFormat::rgb, 21, 13, 3);
  CHECK(resized(picture.view(), 21, 13, Kernel::bicubic).samples() == picture.samples());
}
