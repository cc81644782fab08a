#include "quality/classification.h"

#include "support/test.h"

using namespace lc::quality;
using doctest::Approx;

TEST_CASE("confusion matrix: shares by class") {
  ConfusionMatrix m(3);  // rows: truth
  m.add(0, 0, 8);
  m.add(0, 1, 2);
  m.add(1, 1, 5);
  m.add(1, 0);
  CHECK(m.total() == 16);
  CHECK(m.accuracy() == Approx(13.0 / 16));
  CHECK(m.precision(0) == Approx(8.0 / 9));
  CHECK(m.recall(0) == Approx(0.8));
  CHECK(m.f1(0) == Approx(16.0 / 19));  // 2 * 8 / (9 + 10)
  CHECK(m.precision(1) == Approx(5.0 / 7));
  CHECK(m.recall(1) == Approx(5.0 / 6));
  CHECK(m.precision(2) == 0);
  CHECK(m.recall(2) == 0);
  CHECK(m.macro_precision() == Approx((8.0 / 9 + 5.0 / 7) / 3));
  CHECK(m.macro_recall() == Approx((0.8 + 5.0 / 6) / 3));
  CHECK(m.macro_f1() == Approx((16.0 / 19 + 10.0 / 13) / 3));
  CHECK(ConfusionMatrix(2).accuracy() == 0);
}

TEST_CASE("roc: area of worked examples, ties count half") {
  const std::vector<Scored> four{{0.1, false}, {0.4, false}, {0.35, true}, {0.8, true}};
  const Roc r = roc(four);
  CHECK(r.auc == Approx(0.75));
  CHECK(r.points.front() == std::pair{0.0, 0.0});
  CHECK(r.points.back() == std::pair{1.0, 1.0});
  CHECK(r.points[1] == std::pair{0.0, 0.5});
  CHECK(roc(std::vector<Scored>{{1, true}, {1, false}, {1, true}}).auc == Approx(0.5));
  CHECK(roc(std::vector<Scored>{{2, true}, {1, false}}).auc == 1);
  CHECK(roc(std::vector<Scored>{{2, false}, {1, true}}).auc == 0);
  // Mann-Whitney: pairs in order 1/2 + 1 + 1 + 1 of 4 pairs of (3, 2) and (2, 1)
  CHECK(roc(std::vector<Scored>{{3, true}, {2, true}, {2, false}, {1, false}}).auc == Approx(3.5 / 4));
}
