#include "nn/reach.h"

#include "base/file.h"
#include "nn/model.h"
#include "support/onnx_writer.h"
#include "support/test.h"

using namespace lc;
using namespace lc::nn;

namespace {

Reach of(const char* file) {
  const auto path = test::source_root() / "models/lc5" / file;
  const auto bytes = load_file(path);
  REQUIRE(bytes);
  const auto graph = Graph::load(*bytes, file);
  REQUIRE(graph);
  const auto found = reaches(*graph);
  REQUIRE(found);
  return found->at(static_cast<std::size_t>(graph->model().outputs[0])).value();
}

}  // namespace

TEST_CASE("reach: lc5 sees three latent positions to each side") {
  if (!std::filesystem::exists(test::source_root() / "models/lc5/encoder.onnx")) LC_SKIP("models/lc5 is not here");
  // Two 3x3 at 1/8 and two at 1/16 are 48 pixels around the 16 of a position.
  const Reach encoder = of("encoder.onnx");
  CHECK(encoder.step == 16);
  CHECK(encoder.low == -48);
  CHECK(encoder.high == 15 + 48);
  const Reach decoder = of("decoder.onnx");
  CHECK(decoder.step == doctest::Approx(1.0 / 16));
  CHECK(decoder.low > -4);
  CHECK(decoder.low <= -3);
  CHECK(decoder.high == 3);
}
