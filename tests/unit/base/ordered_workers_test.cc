#include "base/ordered_workers.h"

#include <atomic>
#include <stdexcept>
#include <thread>

#include "support/test.h"

using namespace lc;

namespace {

// Lets others wait, at most a minute, until it is opened.
class Gate {
 public:
  void open() {
    {
      const std::lock_guard lock(mutex_);
      is_open_ = true;
    }
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [this] { return is_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
};

}  // namespace

TEST_CASE("ordered workers: each gets its pieces in turn, and they are taken in the order in which they began") {
  for (const std::size_t count : {1u, 2u, 5u}) {
    CAPTURE(count);
    std::vector<int> pieces(count), results(count);
    OrderedWorkers workers(count, [&](std::size_t i) { results[i] = pieces[i] * pieces[i]; });
    int begun = 0, taken = 0;
    const auto take = [&] {
      CHECK(workers.oldest() == static_cast<std::size_t>(taken) % count);
      CHECK(results[workers.take()] == taken * taken);
      ++taken;
    };
    CHECK_FALSE(workers.is_ready());
    while (begun < 200) {
      CHECK(workers.next() == static_cast<std::size_t>(begun) % count);
      pieces[workers.next()] = begun++;
      workers.begin();
      CHECK(workers.begun() == static_cast<std::size_t>(begun - taken));
      while (workers.is_full() || (begun % 3 == 0 && workers.is_ready())) take();
    }
    while (workers.begun() > 0) take();
    CHECK(taken == begun);
  }
}

TEST_CASE("ordered workers: all of them work at once, and a late first piece holds back only what is taken") {
  constexpr std::size_t kCount = 3;
  Gate first, others;
  std::atomic<int> done{0};
  OrderedWorkers workers(kCount, [&](std::size_t i) {
    if (i == 0) {
      CHECK(first.wait());
    } else if (++done == kCount - 1) {
      others.open();
    }
  });
  for (std::size_t i = 0; i < kCount; ++i) workers.begin();
  CHECK(workers.is_full());
  CHECK(others.wait());  // while the first has not ended
  CHECK_FALSE(workers.is_ready());
  first.open();
  for (std::size_t i = 0; i < kCount; ++i) CHECK(workers.take() == i);
}

TEST_CASE("ordered workers: a single one is the calling thread") {
  std::thread::id worked_on;
  OrderedWorkers workers(1, [&](std::size_t) { worked_on = std::this_thread::get_id(); });
  workers.begin();
  CHECK(workers.is_ready());
  workers.take();
  CHECK(worked_on == std::this_thread::get_id());
}

TEST_CASE("ordered workers: what a piece throws is thrown where it is taken, and the others are as they were") {
  for (const std::size_t count : {1u, 3u}) {
    CAPTURE(count);
    int number = 0;
    std::vector<int> pieces(count);
    OrderedWorkers workers(count, [&](std::size_t i) {
      if (pieces[i] == 1) throw std::runtime_error("piece 1");
    });
    for (int taken = 0; taken < 4; ++taken) {
      while (!workers.is_full() && number < 4) {
        pieces[workers.next()] = number++;
        workers.begin();
      }
      if (taken == 1)
        CHECK_THROWS_WITH_AS(workers.take(), "piece 1", std::runtime_error);
      else
        CHECK(workers.take() == static_cast<std::size_t>(taken) % count);
    }
  }
}

TEST_CASE("ordered workers: they end while pieces are in work") {
  std::atomic<int> begun{0}, ended{0};
  {
    OrderedWorkers workers(4, [&](std::size_t) {
      ++begun;
      std::this_thread::yield();
      ++ended;
    });
    for (int i = 0; i < 4; ++i) workers.begin();
  }
  CHECK(begun == ended);
}

TEST_CASE("ordered workers: what is abandoned is waited for, whatever it throws, and the next piece begins as ever") {
  for (const std::size_t count : {1u, 3u}) {
    std::atomic<int> ended{0};
    OrderedWorkers workers(count, [&](std::size_t) {
      if (++ended % 2 == 1) throw std::runtime_error("odd");
    });
    while (!workers.is_full()) workers.begin();
    workers.abandon();
    CHECK(workers.begun() == 0);
    CHECK(ended == static_cast<int>(count));
    workers.begin();
    CHECK(workers.take() < count);
  }
}
