// A plan that runs allocates nothing, in whatever arithmetic.
#include <cstdlib>
#include <new>

#include "base/file.h"
#include "nn/plan.h"
#include "support/allocations.h"
#include "support/codec_graphs.h"
#include "support/test.h"

using namespace lc;
using namespace lc::nn;

namespace {

constexpr int kRuns = 50;

// What runs allocate, after two that may grow what they like.
test::Allocations of_runs(Plan& plan, int runs) {
  for (int i = 0; i < 2; ++i) REQUIRE(plan.run());
  int bad = 0;
  test::AllocationCounter counter;
  for (int i = 0; i < runs; ++i) bad += plan.run() ? 0 : 1;
  const test::Allocations made = counter.take();
  CHECK(bad == 0);
  return made;
}

}  // namespace

TEST_CASE("allocations: counted where they happen, in this program and in its libraries") {
  if (!test::can_count_allocations()) LC_SKIP("sanitizers own the allocator");
  test::AllocationCounter counter;
  void* volatile one = ::operator new(4);  // volatile: not to be left out
  void* volatile two = std::malloc(10);
  void* volatile three = ::operator new (256, std::align_val_t{128});
  const auto made = counter.take();
  ::operator delete (three, std::align_val_t{128});
  std::free(two);
  ::operator delete(one);
  const auto after = counter.take();
  CHECK(made.ours == 3);
  CHECK(after.ours == 0);
}

TEST_CASE("allocations: none where a plan runs, and by the library the same little each time") {
  if (!test::can_count_allocations()) LC_SKIP("sanitizers own the allocator");
  const Graph graph = Graph::load(test::codec_decoder({16, 24, 1, 1}), "decoder").value();
  for (const int threads : {1, 2}) {
    CAPTURE(threads);
    auto plan = Plan::create(graph, {.input_dims = {{1, 24, 6, 8}}, .threads = threads}).value();
    const test::Allocations one = of_runs(plan, 1), many = of_runs(plan, kRuns);
    CHECK(one.ours == 0);
    CHECK(many.ours == 0);
    CHECK(many.library == kRuns * one.library);
    MESSAGE("threads ", threads, ": oneDNN allocates ", one.library, " times a run by itself");
  }
}

TEST_CASE("allocations: none where lc5's networks run in any arithmetic, from pictures and into them") {
  if (!test::can_count_allocations()) LC_SKIP("sanitizers own the allocator");
  for (const bool encodes : {true, false}) {
    const auto file = load_file(test::source_root() / "models/lc5" / (encodes ? "encoder.onnx" : "decoder.onnx"));
    if (!file) LC_SKIP("models/lc5 is not here");
    const Graph graph = Graph::load(*file, "lc5").value();
    const Image picture = Image::make(PixelFormat::i420, 160, 96);
    Image painted = Image::make(PixelFormat::i420, 160, 96);
    for (const Precision precision : fast_precisions())
      for (const int threads : {1, 2}) {
        CAPTURE(encodes);
        CAPTURE(nn::to_string(precision));
        CAPTURE(threads);
        PlanOptions options{.threads = threads, .precision = precision};
        const Dims& dims = graph.inputs()[0].dims;
        options.input_dims = {encodes ? Dims{1, dims[1], 96, 160} : Dims{1, dims[1], 6, 10}};
        const PictureFormat format{PixelFormat::i420, {}};
        if (encodes)
          options.picture = format;
        else
          options.target = format;
        auto plan = Plan::create(graph, options).value();
        if (encodes)
          plan.set_picture(picture.view());
        else
          plan.set_target(painted.mutable_view());
        CHECK(of_runs(plan, kRuns).ours == 0);
      }
  }
}
