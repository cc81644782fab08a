#include "nn/threads.h"

#include "support/test.h"

using namespace lc::nn;

TEST_CASE("workers: every worker runs once a round, and none passes a meeting before all are there") {
  for (std::size_t count : {1, 2, 5}) {
    CAPTURE(count);
    // Plain numbers on purpose: only run() and meet() order what the workers do with them.
    std::vector<int> seen(count), sums(count);
    Workers* all = nullptr;
    Workers workers(count, [&](std::size_t i) {
      for (int step = 0; step < 10; ++step) {
        ++seen[i];
        all->meet();
        int sum = 0;
        for (int n : seen) sum += n;
        sums[i] = sum;
        all->meet();
      }
    });
    all = &workers;
    for (int round = 1; round <= 50; ++round) {
      workers.run();
      for (std::size_t i = 0; i < count; ++i) {
        CHECK(seen[i] == 10 * round);
        CHECK(sums[i] == 10 * round * static_cast<int>(count));
      }
    }
  }
}

TEST_CASE("workers: may end without ever having run") {
  Workers workers(4, [](std::size_t) {});
}
