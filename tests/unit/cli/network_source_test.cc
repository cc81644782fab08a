#include "cli/network_source.h"

#include "base/file.h"
#include "support/onnx_writer.h"
#include "support/test.h"

using namespace lc;
using cli::NetworkSource;

namespace {

// A file whose input has these dimensions.
std::string write_network(const test::TempDir& folder, const char* name, const nn::Dims& dims) {
  test::OnnxWriter onnx;
  const auto x = onnx.input("x", dims);
  onnx.node("Relu", {x}, {}, "y");
  onnx.output("y", dims);
  const auto path = folder / name;
  REQUIRE(save_file(path, onnx.model()));
  return path.string();
}

}  // namespace

TEST_CASE("network source: the file's name is the network's, and open sides are the picture's") {
  const test::TempDir folder;
  const auto source = NetworkSource::of_file(write_network(folder, "open.onnx", {-1, 3, -1, -1}));
  REQUIRE(source);
  CHECK(source->name() == "open");
  CHECK_FALSE(source->is_fixed());
  CHECK(source->dims_at({64, 48}).value() == std::vector<nn::Dims>{{1, 3, 48, 64}});
}

TEST_CASE("network source: a size after the file, and sides that the file fixes, are not the picture's") {
  const test::TempDir folder;
  const auto sized = NetworkSource::of_file(write_network(folder, "open.onnx", {1, 3, -1, -1}) + "@32x16");
  REQUIRE(sized);
  CHECK(sized->name() == "open");
  CHECK(sized->is_fixed());
  CHECK(sized->dims_at({64, 48}).value() == std::vector<nn::Dims>{{1, 3, 16, 32}});
  const auto fixed = NetworkSource::of_file(write_network(folder, "at@8x8.onnx", {-1, 3, 8, 9}));
  REQUIRE(fixed);
  CHECK(fixed->name() == "at@8x8");
  CHECK(fixed->is_fixed());
  CHECK(fixed->dims_at({64, 48}).value() == std::vector<nn::Dims>{{1, 3, 8, 9}});
}

TEST_CASE("network source: a bundle has an encoder and a decoder, padded to whole latent positions") {
  const auto bundle = codec::Bundle::load(test::source_root() / "models/lc5");
  REQUIRE(bundle);
  const auto both = NetworkSource::of_bundle(**bundle);
  REQUIRE(both);
  REQUIRE(both->size() == 2);
  CHECK(both->at(0).name() == "lc5/encoder");
  CHECK(both->at(0).dims_at({1920, 1080}).value() == std::vector<nn::Dims>{{1, 3, 1088, 1920}});
  CHECK(both->at(1).name() == "lc5/decoder");
  CHECK(both->at(1).dims_at({1920, 1080}).value() == std::vector<nn::Dims>{{1, 256, 68, 120}});
  CHECK_FALSE(both->at(1).is_fixed());
}

TEST_CASE("network source: what cannot be measured is refused in a sentence") {
  const test::TempDir folder;
  const auto sentence = [](const auto& result) { return result ? std::string() : result.error().text; };
  CHECK(sentence(NetworkSource::of_file("absent.onnx")).find("--network: absent.onnx") == 0);
  CHECK(sentence(NetworkSource::of_file(write_network(folder, "rows.onnx", {1, -1}))) ==
        "--network: 'rows': input 'x' leaves open what no picture size sets; export it with fixed shapes");
  CHECK(sentence(NetworkSource::of_file(write_network(folder, "open.onnx", {1, 3, -1, -1}) + "@32")) ==
        "--network: expected WIDTHxHEIGHT with sides of 16 to 8192, found '32'");
  CHECK(sentence(cli::parse_size("32x16x8", "--size")).find("--size: expected") == 0);
}
