// What plans hold together: packed weights, once in the process.
#include <malloc.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "base/file.h"
#include "base/shared.h"
#include "nn/pack.h"
#include "nn/plan.h"
#include "support/codec_graphs.h"
#include "support/nn_compare.h"
#include "support/test.h"

using namespace lc;
using namespace lc::nn;

namespace {

std::size_t held() {
  return Shared<PackedMatrix>::all().bytes() + Shared<PackedDepthwise>::all().bytes() + Shared<Blob>::all().bytes();
}

// What the allocator has given away; always the same where a sanitizer has another.
std::size_t heap() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Each call parses the file anew, as two processes of a pipeline would.
Plan make(const Bytes& model, const PlanOptions& options) {
  return Plan::create(Graph::load(model, "model").value(), options).value();
}

std::vector<float> result(Plan& plan) {
  std::fill(plan.input(0).begin(), plan.input(0).end(), 0.25f);
  REQUIRE(plan.run());
  const auto out = plan.output(0);
  return {out.begin(), out.end()};
}

}  // namespace

TEST_CASE("shared: matrices that differ in nothing but what becomes of their sums are two") {
  const std::vector<float> weights(64, 0.5f), bias{1, 2};
  const auto make_one = [&](float slope) {
    PackedMatrix m = pack_matrix(weights, bias, 2, Number::f32);
    bend(m, slope);
    return share(std::move(m));
  };
  const auto one = make_one(0.1f);
  CHECK(make_one(0.1f) == one);
  CHECK(make_one(0.2f) != one);
}

TEST_CASE("shared: a second plan of a model, of another size, adds hardly any constants") {
  const auto file = load_file(test::source_root() / "models/lc5/encoder.onnx", std::size_t{1} << 24);
  if (!file) LC_SKIP("models/lc5 is not here");
  const auto expect = [](const Bytes& model, std::int64_t channels, Precision precision, bool as_picture) {
    CAPTURE(nn::to_string(precision));
    const std::size_t before = held(), heap_before = heap();
    const auto options = [&](std::int64_t rows, std::int64_t columns) {
      PlanOptions o{.input_dims = {{1, channels, rows, columns}}, .precision = precision};
      if (as_picture) o.picture = PictureFormat{PixelFormat::i420, {}};
      return o;
    };
    {
      const Plan first = make(model, options(16, 16));
      const std::size_t of_one = held() - before, heap_of_one = heap() - heap_before;
      CHECK(of_one > 100'000);
      {
        PlanOptions wide = options(32, 48);
        wide.threads = 2;
        const Plan second = make(model, wide);
        CHECK(held() - before < of_one * 11 / 10);
      }
      // Nor does it keep copies that nobody counts: what is not constant is about the same in both (oneDNN 3 caches more).
      const Plan twin = make(model, options(16, 16));
      const std::size_t heap_of_two = heap() - heap_before;
      if (heap_of_one > of_one) CHECK(heap_of_two + of_one * 8 / 10 <= 2 * heap_of_one);
      MESSAGE("constants ", of_one, " bytes, heap of one plan ", heap_of_one, ", of two ", heap_of_two);
    }
    CHECK(held() == before);
  };
  for (const Precision precision : fast_precisions()) {
    expect(*file, 3, precision, false);
    expect(*file, 3, precision, true);
  }
  // Layers of the library: 16 channels are too few for our blocks.
  expect(test::codec_encoder({48, 96, 2, 1}), 3, Precision::f32, false);
}

TEST_CASE("shared: plans that hold constants together are made, run and dropped on several threads at once") {
  for (const Bytes& model : {test::codec_encoder({16, 24, 1, 1}), test::codec_encoder({32, 64, 1, 1})}) {
    Plan alone = make(model, {.input_dims = {{1, 3, 32, 48}}});
    const std::vector<float> expected = result(alone);
    std::vector<std::vector<float>> results(4);
    std::vector<std::thread> threads;
    for (auto& mine : results)
      threads.emplace_back([&model, &mine] {
        for (int i = 0; i < 5; ++i) {
          Plan plan = make(model, {.input_dims = {{1, 3, 32, 48}}});
          mine = result(plan);
        }
      });
    for (std::thread& thread : threads) thread.join();
    for (const auto& mine : results) CHECK(mine == expected);
  }
}
