// Tiles against the whole picture, with the shipped bundle: the only one here whose layers see around them.
#include "codec/tiled_network.h"

#include "codec/bitstream.h"

#include <cmath>
#include <random>

#include "support/test.h"

using namespace lc;
using namespace lc::codec;

namespace {

TiledNetwork make(const char* file, int rows, int columns) {
  const auto bundle = Bundle::load(test::source_root() / "models/lc5");
  REQUIRE(bundle);
  auto network = TiledNetwork::create(**bundle, file, columns * kLatentStride, rows * kLatentStride, {});
  REQUIRE(network);
  return std::move(*network);
}

float largest_difference(std::span<const float> a, std::span<const float> b) {
  float most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::fabs(a[i] - b[i]));
  return most;
}

}  // namespace

TEST_CASE("tiled network: computing what changed gives what computing everything gives") {
  if (!std::filesystem::exists(test::source_root() / "models/lc5/manifest.yaml")) LC_SKIP("models/lc5 is not here");
  constexpr int kRows = 44, kColumns = 46;  // tiles cut off at both ends
  for (const char* file : {"encoder.onnx", "decoder.onnx"}) {
    CAPTURE(file);
    TiledNetwork tiles = make(file, kRows, kColumns), whole = make(file, kRows, kColumns);
    std::mt19937 random(3);
    for (float& value : tiles.input()) value = static_cast<float>(random() % 1000) / 1000;
    std::copy(tiles.input().begin(), tiles.input().end(), whole.input().begin());
    REQUIRE(tiles.run());
    CHECK(tiles.is_marked(0, 0));
    const std::size_t row_values = tiles.input().size() / kRows;  // a latent row's
    const std::size_t channels = tiles.input().size() / kRows / kColumns;
    const bool is_encoder = std::string_view(file) == "encoder.onnx";
    for (const auto& [row, column] : {std::pair{0, 0}, {43, 45}, {21, 22}, {8, 16}, {0, 45}, {7, 7}}) {
      CAPTURE(row);
      CAPTURE(column);
      std::vector<std::uint8_t> changed(kRows * kColumns, 0);
      changed[static_cast<std::size_t>(row * kColumns + column)] = 1;
      // The samples of that position: 16 rows of 48 pixels' values, or its channels.
      const std::size_t lines = is_encoder ? 16 : 1, width = is_encoder ? 48 : channels;
      for (std::size_t y = 0; y < lines; ++y)
        for (std::size_t x = 0; x < width; ++x) {
          const std::size_t at = static_cast<std::size_t>(row) * row_values + y * row_values / lines +
                                 static_cast<std::size_t>(column) * width + x;
          tiles.input()[at] = whole.input()[at] = static_cast<float>(random() % 1000) / 1000;
        }
      tiles.mark(changed);
      REQUIRE(tiles.run());
      REQUIRE(whole.run());
      CHECK(tiles.is_marked(row, column));
      CHECK_FALSE(tiles.is_marked(row < 21 ? 43 : 0, column));
      CHECK(largest_difference(tiles.output(), whole.output()) < 2e-4f);
    }
    // Nothing marked, nothing done; much marked, everything done.
    tiles.mark(std::vector<std::uint8_t>(kRows * kColumns, 0));
    REQUIRE(tiles.run());
    CHECK_FALSE(tiles.is_marked(21, 22));
    tiles.mark(std::vector<std::uint8_t>(kRows * kColumns, 1));
    REQUIRE(tiles.run());
    CHECK(tiles.is_marked(43, 0));
    CHECK(largest_difference(tiles.output(), whole.output()) < 2e-4f);
  }
}
