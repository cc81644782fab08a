#include "classify/resample.h"

#include <numeric>

#include "support/test.h"

using namespace lc;
using namespace lc::classify;

namespace {

Axis whole(int samples, int result) {
  return {.begin = 0, .length = double(samples), .result = result, .samples = samples};
}

}  // namespace

TEST_CASE("resample: the same size is the same picture") {
  const std::uint8_t plane[] = {1, 2, 3, 40, 50, 60};
  std::vector<float> out(6);
  PlaneResampler(whole(3, 3), whole(2, 2), 1).run(plane, 3, out);
  CHECK(out == std::vector<float>{1, 2, 3, 40, 50, 60});
}

TEST_CASE("resample: weights add up to one, whatever the sizes") {
  for (const int samples : {1, 2, 3, 7, 100, 1000})
    for (const int result : {1, 2, 5, 32, 224}) {
      CAPTURE(samples);
      CAPTURE(result);
      const Taps taps(whole(samples, result));
      for (int i = 0; i < result; ++i) {
        const auto run = taps.run(i);
        CHECK(run.first >= 0);
        CHECK(run.first + run.count <= samples);
        CHECK(std::accumulate(run.weights, run.weights + run.count, 0.0) == doctest::Approx(1).epsilon(1e-5));
      }
    }
}

TEST_CASE("resample: shrinking averages, so fine stripes become grey and do not alias") {
  std::vector<std::uint8_t> stripes(64);
  for (std::size_t i = 0; i < stripes.size(); ++i) stripes[i] = i % 2 ? 255 : 0;
  std::vector<float> out(8);
  PlaneResampler(whole(64, 8), whole(1, 1), 1).run(stripes.data(), 64, out);
  for (const float value : out) CHECK(value == doctest::Approx(127.5).epsilon(0.05));
}

TEST_CASE("resample: enlarging is bilinear between centres, and flat beyond the outermost") {
  const std::uint8_t plane[] = {0, 100};
  std::vector<float> out(4);
  PlaneResampler(whole(2, 4), whole(1, 1), 1).run(plane, 2, out);
  CHECK(out == std::vector<float>{0, 25, 75, 100});
}

TEST_CASE("resample: interleaved channels, strides and a part of the axis") {
  // Two channels, four pixels wide with two bytes of padding; the middle two pixels are wanted.
  const std::uint8_t plane[] = {1, 2, 3, 4, 5, 6, 7, 8, 99, 99, 11, 12, 13, 14, 15, 16, 17, 18, 99, 99};
  Axis middle = whole(4, 2);
  middle.begin = 1;
  middle.length = 2;
  std::vector<float> out(8);
  PlaneResampler(middle, whole(2, 2), 2).run(plane, 10, out);
  CHECK(out == std::vector<float>{3, 4, 5, 6, 13, 14, 15, 16});
}
