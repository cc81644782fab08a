// Updates: what changed, computed again, as if everything had been.
#include <algorithm>
#include <random>

#include "nn/marks.h"
#include "nn/plan.h"
#include "support/codec_graphs.h"
#include "support/onnx_writer.h"
#include "support/test.h"

using namespace lc;
using namespace lc::nn;

namespace {

constexpr int kRows = 11, kColumns = 14, kCell = 16;
constexpr test::CodecShape kShape{32, 64, 2, 2};

void scribble(const MutableImageView& view, int row, int column, std::mt19937& random) {
  for (int plane = 0; plane < plane_count(view.format); ++plane) {
    const int across = plane == 0 ? view.width : chroma_size(view.width);
    const int pixel = row_bytes(view.format, plane, view.width) / across, cell = plane == 0 ? kCell : kCell / 2;
    for (int y = row * cell; y < std::min((row + 1) * cell, row_count(view.format, plane, view.height)); ++y)
      for (int x = column * cell * pixel; x < std::min((column + 1) * cell, across) * pixel; ++x)
        view.row(plane, y)[x] = static_cast<std::uint8_t>(random());
  }
}

void scribble_all(const MutableImageView& view, std::mt19937& random) {
  for (int row = 0; row < kRows; ++row)
    for (int column = 0; column < kColumns; ++column) scribble(view, row, column, random);
}

std::vector<std::uint8_t> marks_at(std::initializer_list<std::pair<int, int>> cells) {
  std::vector<std::uint8_t> out(kRows * kColumns);
  for (const auto& [row, column] : cells) out[static_cast<std::size_t>(row * kColumns + column)] = 1;
  return out;
}

bool same(std::span<const float> a, std::span<const float> b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

bool same(const Image& a, const Image& b) {
  const ImageView x = a.view(), y = b.view();
  for (int plane = 0; plane < plane_count(x.format); ++plane)
    for (int row = 0; row < row_count(x.format, plane, x.height); ++row)
      if (!std::equal(x.row(plane, row), x.row(plane, row) + row_bytes(x.format, plane, x.width), y.row(plane, row))) return false;
  return true;
}

const std::initializer_list<std::pair<int, int>> kPlaces[] = {
    {{0, 0}}, {{10, 13}}, {{0, 13}, {10, 0}}, {{5, 6}}, {{4, 3}, {4, 4}, {5, 4}, {7, 12}}, {{3, 0}, {3, 7}, {3, 13}}, {}};

}  // namespace

TEST_CASE("plan update: an encoder computes what changed as if it had computed everything, in every arithmetic and format") {
  const Graph graph = Graph::load(test::calibrated(test::codec_encoder(kShape), {1, 3, 96, 80}), "encoder").value();
  const Dims dims{1, 3, kRows * kCell, kColumns * kCell};
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8})
    for (const auto& [format, threads] :
         {std::pair{PixelFormat::rgb, 1}, {PixelFormat::i420, 3}, {PixelFormat::nv12, 1}, {PixelFormat::gray8, 2}}) {
      CAPTURE(to_string(precision));
      CAPTURE(to_string(format));
      CAPTURE(threads);
      std::mt19937 random(7);
      // Some pixels short of whole cells.
      Image image = Image::make(format, kColumns * kCell - 3, kRows * kCell - 5);
      scribble_all(image.mutable_view(), random);
      PlanOptions options{.input_dims = {dims}, .threads = threads, .precision = precision,
                          .picture = PictureFormat{format, image.view().colour}, .cells = Grid{kRows, kColumns}};
      auto some = Plan::create(graph, options).value();
      auto whole = Plan::create(graph, options).value();
      some.set_picture(image.view());
      whole.set_picture(image.view());
      REQUIRE(some.run());
      for (const auto& places : kPlaces) {
        for (const auto& [row, column] : places) scribble(image.mutable_view(), row, column, random);
        REQUIRE(some.update(marks_at(places)));
        REQUIRE(whole.run());
        CHECK(same(some.output(0), whole.output(0)));
      }
      }
}

TEST_CASE("plan update: a decoder paints what changed as if it had painted everything") {
  const Graph graph = Graph::load(test::calibrated(test::codec_decoder(kShape), {1, kShape.latents, 6, 5}), "decoder").value();
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8})
    for (const PixelFormat format : {PixelFormat::rgb, PixelFormat::i420, PixelFormat::nv12}) {
      CAPTURE(to_string(precision));
      CAPTURE(to_string(format));
      std::mt19937 random(11);
      PlanOptions options{.input_dims = {{1, kShape.latents, kRows, kColumns}}, .precision = precision,
                          .target = PictureFormat{format, {}}, .cells = Grid{kRows, kColumns}};
      auto some = Plan::create(graph, options).value();
      auto whole = Plan::create(graph, options).value();
      Image some_painted = Image::make(format, kColumns * kCell - 3, kRows * kCell - 5), whole_painted = some_painted;
      some.set_target(some_painted.mutable_view());
      whole.set_target(whole_painted.mutable_view());
      for (float& v : some.input(0)) v = static_cast<float>(random() % 9) - 4;
      REQUIRE(some.run());
      for (const auto& places : kPlaces) {
        for (const auto& [row, column] : places)
          for (int c = 0; c < kShape.latents; ++c)
            some.input(0)[static_cast<std::size_t>((row * kColumns + column) * kShape.latents + c)] =
                static_cast<float>(random() % 9) - 4;
        std::copy(some.input(0).begin(), some.input(0).end(), whole.input(0).begin());
        REQUIRE(some.update(marks_at(places)));
        REQUIRE(whole.run());
        CHECK(same(some_painted, whole_painted));
      }
    }
}

TEST_CASE("plan update: no further than asked, and what is left out stays as it was") {
  const Graph graph = Graph::load(test::codec_encoder(kShape), "encoder").value();
  auto plan = Plan::create(graph, {.input_dims = {{1, 3, kRows * kCell, kColumns * kCell}}, .precision = Precision::bf16,
                                   .picture = PictureFormat{}, .cells = Grid{kRows, kColumns}}).value();
  std::mt19937 random(3);
  Image image = Image::make(PixelFormat::rgb, kColumns * kCell, kRows * kCell);
  plan.set_picture(image.view());
  scribble_all(image.mutable_view(), random);
  REQUIRE(plan.run());
  const std::vector<float> before(plan.output(0).begin(), plan.output(0).end());
  scribble_all(image.mutable_view(), random);
  REQUIRE(plan.update(marks_at({{5, 5}}), 1));
  const std::size_t channels = before.size() / (kRows * kColumns);
  for (int row = 0; row < kRows; ++row)
    for (int column = 0; column < kColumns; ++column) {
      CAPTURE(row);
      CAPTURE(column);
      const std::size_t at = static_cast<std::size_t>(row * kColumns + column) * channels;
      const bool near = std::abs(row - 5) <= 1 && std::abs(column - 5) <= 1;
      CHECK(same(std::span(before).subspan(at, channels), plan.output(0).subspan(at, channels)) != near);
    }
}

TEST_CASE("plan update: where layers cannot be cut into cells, everything is computed") {
  // The picture's sides are no multiples of the cells', or a layer sees everything.
  test::OnnxWriter writer;
  const std::string x = writer.input("x", {1, 8, 4, 6}), w = writer.floats({8, 8, 1, 1}, std::vector<float>(64, 0.5f));
  writer.node("Conv", {x, w}, {}, "h");
  writer.node("GlobalAveragePool", {"h"}, {}, "m");
  writer.node("Add", {"h", "m"}, {}, "y");
  writer.output("y", {1, 8, 4, 6});
  const Graph graph = Graph::load(writer.model(), "pooled").value();
  for (const Grid grid : {Grid{4, 6}, Grid{3, 5}, Grid{0, 0}, Grid{-1, 6}}) {
    auto some = Plan::create(graph, {.cells = grid}).value(), whole = Plan::create(graph).value();
    std::fill(some.input(0).begin(), some.input(0).end(), 1.0f);
    REQUIRE(some.run());
    some.input(0)[0] = whole.input(0)[0] = 5;
    std::fill(whole.input(0).begin() + 1, whole.input(0).end(), 1.0f);
    REQUIRE(some.update(std::vector<std::uint8_t>(24)));
    REQUIRE(whole.run());
    CHECK(same(some.output(0), whole.output(0)));
  }
}

TEST_CASE("plan update: a layer that widens the picture to one side only is not cut into cells") {
  test::OnnxWriter writer;
  const std::string x = writer.input("x", {1, 8, 32, 64}), w = writer.floats({8, 8, 1, 1}, std::vector<float>(64, 0.5f));
  writer.node("Conv", {x, w}, {test::OnnxAttribute::integers("pads", {0, 0, 0, 16})}, "y");
  writer.output("y", {1, 8, 32, 80});
  const Graph graph = Graph::load(writer.model(), "wider").value();
  CHECK(Plan::create(graph, {.cells = Grid{2, 4}}).value().sees() == Plan::kAllCells);
}

TEST_CASE("plan update: a layer sees no more cells than there are, and the first update computes everything") {
  test::OnnxWriter writer;
  const std::string x = writer.input("x", {1, 1, 16, 16}), w = writer.floats({1, 1, 3, 3}, std::vector<float>(9, 0.5f));
  writer.node("Conv", {x, w}, {test::OnnxAttribute::integers("pads", {9000, 9000, 9000, 9000}),
                               test::OnnxAttribute::integers("dilations", {9000, 9000})}, "y");
  writer.output("y", {1, 1, 16, 16});
  auto plan = Plan::create(Graph::load(writer.model(), "far").value(), {.cells = Grid{4, 2}}).value();
  CHECK((plan.sees() == 4 || plan.sees() == Plan::kAllCells));
  std::fill(plan.input(0).begin(), plan.input(0).end(), 1.0f);
  REQUIRE(plan.update(std::vector<std::uint8_t>(8)));
  CHECK(plan.output(0)[0] == 0.5f);
}

TEST_CASE("marks: what lies within a distance along either axis is marked, and no more") {
  const Grid grid{6, 9};
  std::mt19937 random(2);
  Marks marks(grid, 3);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::uint8_t> changed(grid.cells());
    for (auto& c : changed) c = random() % 20 == 0 ? 7 : 0;
    marks.set(changed);
    for (int distance = 0; distance <= 5; ++distance)
      for (int row = 0; row < grid.rows; ++row)
        for (int column = 0; column < grid.columns; ++column) {
          bool near = false;
          for (int r = 0; r < grid.rows; ++r)
            for (int c = 0; c < grid.columns; ++c)
              near = near || (changed[static_cast<std::size_t>(r * grid.columns + c)] &&
                              std::max(std::abs(r - row), std::abs(c - column)) <= std::min(distance, 3));
          const Marked marked = marks.within(distance);
          CHECK((marked.cells[row * grid.columns + column] != 0) == near);
        }
  }
}
