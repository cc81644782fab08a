#include "cli/onnx_runtime.h"

#include <cmath>
#include <cstdlib>

#include "base/file.h"
#include "nn/plan.h"
#include "support/codec_graphs.h"
#include "support/test.h"

using namespace lc;
using cli::OnnxRuntime;
using cli::OrtSession;

namespace {

std::string sentence(const std::filesystem::path& path) {
  const auto opened = OnnxRuntime::open(path);
  return opened ? "" : opened.error().text;
}

// Where the person who runs the tests has the library.
std::shared_ptr<const OnnxRuntime> library() {
  const char* const path = std::getenv("LATENTCAST_ORT");
  return path && *path ? OnnxRuntime::open(path).value() : nullptr;
}

constexpr char kAbsent[] = "LATENTCAST_ORT names no folder with ONNX Runtime (npm package onnxruntime-node)";

}  // namespace

TEST_CASE("onnx runtime: a wrong path is told with what to do") {
  const test::TempDir folder;
  CHECK(sentence(folder / "absent").find("no such file or folder; to get it: npm install") != std::string::npos);
  CHECK(sentence(folder.path()).find("no libonnxruntime.so.1 anywhere below; to get it: npm") != std::string::npos);
}

TEST_CASE("onnx runtime: what is no library of this machine is refused, wherever it lies below") {
  const test::TempDir folder;
  std::filesystem::create_directories(folder / "bin/arm64");
  REQUIRE(save_file(folder / "bin/arm64/libonnxruntime.so.1", as_bytes("not a library")));
  CHECK(sentence(folder.path()).find("arm64/libonnxruntime.so.1: not a library of this machine") != std::string::npos);
}

TEST_CASE("onnx runtime: another library is not taken for it") {
  CHECK(sentence("/proc/self/exe").find("--ort: /proc/self/exe: ") == 0);
}

TEST_CASE("onnx runtime: gives what our plans give, whatever the threads") {
  const auto runtime = library();
  if (!runtime) LC_SKIP(kAbsent);
  const Bytes onnx = test::codec_encoder({16, 24, 2, 1});
  const nn::Dims dims{1, 3, 32, 48};
  auto plan = nn::Plan::create(nn::Graph::load(onnx, "small").value(), {.input_dims = {dims}}).value();
  std::vector<float> picture(3 * 32 * 48);
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<float>(i * 7 % 256) / 256;
  for (std::size_t p = 0; p < 32 * 48; ++p)
    for (std::size_t c = 0; c < 3; ++c) plan.input(0)[p * 3 + c] = picture[c * 32 * 48 + p];
  REQUIRE(plan.run());
  const auto ours = plan.output(0);
  const std::size_t channels = 24, positions = ours.size() / channels;
  for (const int threads : {1, 2}) {
    const auto session = OrtSession::create(runtime, onnx, {dims}, threads);
    REQUIRE(session);
    REQUIRE((*session)->set_input(0, picture));
    for (int run = 0; run < 2; ++run) REQUIRE((*session)->run());
    const auto theirs = (*session)->output(0).value();
    REQUIRE(theirs.size() == ours.size());
    float apart = 0;
    for (std::size_t p = 0; p < positions; ++p)
      for (std::size_t c = 0; c < channels; ++c)
        apart = std::max(apart, std::abs(ours[p * channels + c] - theirs[c * positions + p]));
    CHECK(apart < 1e-4);
  }
}

TEST_CASE("onnx runtime: refusals of the library are errors") {
  const auto runtime = library();
  if (!runtime) LC_SKIP(kAbsent);
  const auto wrong = OrtSession::create(runtime, as_bytes("no network"), {}, 1);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().text.find("ONNX Runtime: ") == 0);
  const Bytes onnx = test::codec_encoder({16, 24, 2, 1});
  CHECK_FALSE(OrtSession::create(runtime, onnx, {}, 1));
  CHECK_FALSE(OrtSession::create(runtime, onnx, {{1, 3, 32}}, 1));
  const auto session = OrtSession::create(runtime, onnx, {{1, 3, 32, 32}}, 1);
  REQUIRE(session);
  CHECK_FALSE((*session)->set_input(0, std::vector<float>(5)));
}
