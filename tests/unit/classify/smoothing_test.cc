#include "classify/smoothing.h"

#include "support/test.h"

using namespace lc;
using namespace lc::classify;

TEST_CASE("smoothing: an exponential mean over looks, for each part of its own") {
  Smoothing smoothing;
  const float a[] = {1, 0}, b[] = {0, 1};
  CHECK(smoothing.add(0, a, 0.75f)[0] == 1);  // nothing was before
  CHECK(smoothing.add(1, b, 0.75f)[1] == 1);
  CHECK(smoothing.add(0, b, 0.75f)[0] == doctest::Approx(0.75));
  CHECK(smoothing.add(0, b, 0.75f)[0] == doctest::Approx(0.5625));
  CHECK(smoothing.add(0, b, 0.75f)[1] == doctest::Approx(1 - 0.421875));
  CHECK(smoothing.add(1, b, 0.75f)[1] == 1);
}

TEST_CASE("smoothing: weight 0 changes nothing, and after a reset nothing is left") {
  Smoothing smoothing;
  const float a[] = {0.25f, 0.75f}, b[] = {0.5f, 0.5f};
  smoothing.add(0, b, 0);
  CHECK(smoothing.add(0, a, 0)[0] == 0.25f);
  smoothing.reset();
  CHECK(smoothing.add(0, b, 0.9f)[0] == 0.5f);
}
