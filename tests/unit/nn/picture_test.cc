// Pictures of bytes as input: as if they had been converted to a tensor before.
#include "nn/picture.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "nn/plan.h"
#include "nn/tile_select.h"
#include "support/codec_graphs.h"
#include "support/onnx_writer.h"
#include "support/test.h"
#include "tensor/convert.h"

using namespace lc;
using namespace lc::nn;

namespace {

Image noisy(PixelFormat format, int width, int height, ColourSpec colour) {
  Image image = Image::make(format, width, height, colour);
  std::mt19937 random(static_cast<unsigned>(width * 31 + height));
  const MutableImageView view = image.mutable_view();
  for (int plane = 0; plane < plane_count(format); ++plane)
    for (int y = 0; y < row_count(format, plane, height); ++y)
      for (int x = 0; x < row_bytes(format, plane, width); ++x) view.row(plane, y)[x] = static_cast<std::uint8_t>(random());
  return image;
}

// Largest difference to what the plan for floats says, beside the largest value.
float difference(const Graph& graph, const Image& image, const Dims& dims, Precision precision) {
  auto plain = Plan::create(graph, {.input_dims = {dims}}).value();
  to_rgb_tensor(image.view(), static_cast<int>(dims[3]), static_cast<int>(dims[2]), plain.input(0));
  REQUIRE(plain.run());
  const ImageView view = image.view();
  auto plan = Plan::create(graph, {.input_dims = {dims}, .precision = precision, .picture = PictureFormat{view.format, view.colour}}).value();
  CHECK(plan.input_shape(0) == plain.input_shape(0));
  plan.set_picture(view);
  REQUIRE(plan.run());
  float worst = 0, largest = 0;
  for (std::size_t i = 0; i < plain.output(0).size(); ++i) {
    worst = std::max(worst, std::abs(plan.output(0)[i] - plain.output(0)[i]));
    largest = std::max(largest, std::abs(plain.output(0)[i]));
  }
  return worst / largest;
}

constexpr PixelFormat kFormats[] = {PixelFormat::rgb, PixelFormat::i420, PixelFormat::nv12, PixelFormat::gray8};

}  // namespace

TEST_CASE("picture: bytes into the first layer are as good as floats, in every format, size and colour") {
  const Graph graph = Graph::load(test::codec_encoder({32, 64, 1, 1}), "encoder").value();
  for (const PixelFormat format : kFormats)
    for (const auto& [width, height] : {std::pair{64, 48}, std::pair{61, 46}, std::pair{17, 18}})
      for (const ColourSpec colour : {ColourSpec{}, ColourSpec{ColourMatrix::bt709, ColourRange::full}}) {
        CAPTURE(to_string(format));
        CAPTURE(width);
        const Image image = noisy(format, width, height, colour);
        const Dims dims{1, 3, (height + 15) / 16 * 16, (width + 15) / 16 * 16};
        CHECK(difference(graph, image, dims, Precision::f32) < 1e-5f);
        CHECK(difference(graph, image, dims, Precision::bf16) < 0.02f);
      }
}

TEST_CASE("picture: the first layer reads bytes itself where it can, and else they are converted") {
  const Image image = noisy(PixelFormat::i420, 32, 32, {});
  const PlanOptions options{.input_dims = {{1, 3, 32, 32}}, .picture = PictureFormat{PixelFormat::i420, {}}};
  const Graph patches = Graph::load(test::codec_encoder({32, 64, 1, 1}), "encoder").value();
  auto fast = Plan::create(patches, options).value();
  CHECK(fast.input(0).empty());
  CHECK(fast.describe().find("tile_patch:I420") != std::string::npos);

  test::OnnxWriter writer;
  const std::string x = writer.input("x", {1, 3, 32, 32}), w = writer.floats({4, 3, 3, 3}, std::vector<float>(108, 0.1f));
  writer.node("Conv", {x, w}, {test::OnnxAttribute::integers("pads", {1, 1, 1, 1})}, "y");
  writer.output("y", {1, 4, 32, 32});
  const Graph windows = Graph::load(writer.model(), "windows").value();
  CHECK(difference(windows, image, {1, 3, 32, 32}, Precision::f32) < 1e-5f);
  CHECK_FALSE(Plan::create(windows, options).value().input(0).empty());
}

TEST_CASE("picture: a window in a larger picture sees what lies around it") {
  const Graph graph = Graph::load(test::codec_encoder({32, 64, 0, 0}), "encoder").value();
  const Image image = noisy(PixelFormat::nv12, 96, 80, {});
  auto whole = Plan::create(graph, {.input_dims = {{1, 3, 80, 96}}, .picture = PictureFormat{PixelFormat::nv12, {}}}).value();
  auto part = Plan::create(graph, {.input_dims = {{1, 3, 32, 48}}, .picture = PictureFormat{PixelFormat::nv12, {}}}).value();
  whole.set_picture(image.view());
  part.set_picture(image.view(), 32, 16);
  REQUIRE(whole.run());
  REQUIRE(part.run());
  const auto channels = static_cast<std::size_t>(whole.output_shape(0)[3]);
  for (std::size_t row = 0; row < 2; ++row)
    for (std::size_t i = 0; i < 3 * channels; ++i)
      CHECK(part.output(0)[row * 3 * channels + i] == whole.output(0)[((row + 1) * 6 + 2) * channels + i]);
}

TEST_CASE("picture: the last layer paints bytes as if its floats had been converted") {
  const Graph graph = Graph::load(test::codec_decoder({32, 64, 1, 1}), "decoder").value();
  for (const PixelFormat format : kFormats)
    for (const auto& [width, height] : {std::pair{80, 48}, std::pair{66, 34}, std::pair{49, 47}})
      for (const ColourSpec colour : {ColourSpec{}, ColourSpec{ColourMatrix::bt709, ColourRange::full}})
        for (const int threads : {1, 3}) {
          CAPTURE(to_string(format));
          CAPTURE(width);
          const Dims dims{1, 64, (height + 15) / 16, (width + 15) / 16};
          auto plain = Plan::create(graph, {.input_dims = {dims}}).value();
          auto plan = Plan::create(graph, {.input_dims = {dims}, .threads = threads, .target = PictureFormat{format, colour}}).value();
          CHECK(plan.output(0).empty() == (&best_tiles() != &kPortableTiles));
          CHECK(plan.output_shape(0) == plain.output_shape(0));
          std::mt19937 random(3);
          for (std::size_t i = 0; i < plain.input(0).size(); ++i)
            plain.input(0)[i] = plan.input(0)[i] = static_cast<float>(random() >> 8) / 8388608.0f - 1;
          Image wanted = Image::make(format, width, height, colour), painted = wanted;
          plan.set_target(painted.mutable_view());
          REQUIRE(plain.run());
          REQUIRE(plan.run());
          const auto& shape = plain.output_shape(0);
          from_rgb_tensor(plain.output(0), static_cast<int>(shape[2]), static_cast<int>(shape[1]), wanted.mutable_view());
          // The last column and row of an odd size may differ, see nn/picture.h.
          int worst = 0;
          std::size_t varied = 0;
          for (int plane = 0; plane < plane_count(format); ++plane)
            for (int y = 0; y < row_count(format, plane, height) - (plane > 0 && height % 2); ++y)
              for (int x = 0; x < row_bytes(format, plane, width) - (plane > 0 && width % 2 ? 2 : 0); ++x) {
                const int a = painted.view().row(plane, y)[x], b = wanted.view().row(plane, y)[x];
                worst = std::max(worst, std::abs(a - b));
                varied += a != painted.view().row(plane, 0)[0];
              }
          CHECK(worst <= 1);
          CHECK(varied > 1000);
        }
}

TEST_CASE("picture: what is no picture is refused") {
  const Graph decoder = Graph::load(test::codec_decoder({32, 64, 1, 1}), "decoder").value();
  const auto plan = Plan::create(decoder, {.input_dims = {{1, 64, 2, 2}}, .picture = PictureFormat{}});
  REQUIRE_FALSE(plan);
  CHECK(plan.error().text.find("the graph must have one input of shape [1, 1 or 3, rows, columns]") != std::string::npos);
}
