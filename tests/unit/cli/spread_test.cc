#include "cli/spread.h"

#include "support/test.h"

using lc::cli::Spread;

TEST_CASE("spread: median, least and mean of what was added, and zeros of nothing") {
  Spread spread;
  CHECK(spread.median() == 0);
  CHECK(spread.min() == 0);
  CHECK(spread.mean() == 0);
  for (const double value : {5.0, 1.0, 30.0}) spread.add(value);
  CHECK(spread.median() == 5);
  CHECK(spread.min() == 1);
  CHECK(spread.mean() == 12);
  spread.add(7);
  CHECK(spread.median() == 6);
  CHECK(spread.size() == 4);
}
