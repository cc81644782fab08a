#include "nn/threads.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <system_error>

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

TEST_CASE("workers: where the system gives only some of the threads, those end and the caller hears of it") {
  // Stacks of 1 GiB, and address space for one and a half of them.
  constexpr std::size_t kStack = std::size_t{1} << 30;
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  pthread_attr_t before, large;
  REQUIRE(pthread_getattr_default_np(&before) == 0);
  REQUIRE(pthread_attr_init(&large) == 0);
  REQUIRE(pthread_attr_setstacksize(&large, kStack) == 0);
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_AS, &limit) == 0);
  rlimit tight = limit;
  tight.rlim_cur = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + kStack + kStack / 2;
  REQUIRE(pthread_setattr_default_np(&large) == 0);
  REQUIRE(setrlimit(RLIMIT_AS, &tight) == 0);
  bool refused = false;
  try {
    Workers workers(8, [](std::size_t) {});
  } catch (const std::system_error&) {
    refused = true;
  }
  setrlimit(RLIMIT_AS, &limit);
  pthread_setattr_default_np(&before);
  pthread_attr_destroy(&large);
  pthread_attr_destroy(&before);
  CHECK(refused);
}
