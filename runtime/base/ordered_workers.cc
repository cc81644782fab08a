#include "base/ordered_workers.h"

#include <utility>

#include "base/result.h"

namespace lc {

OrderedWorkers::OrderedWorkers(std::size_t count, std::function<void(std::size_t)> work)
    : work_(std::move(work)), workers_(count) {
  LC_EXPECT(count > 0, "somebody has to work");
  if (count == 1) return;
  try {
    for (std::size_t i = 0; i < count; ++i)
      workers_[i].thread = std::jthread([this, i] { serve(workers_[i], i); });
  } catch (...) {  // those there are must not outlive this object
    end();
    throw;
  }
}

OrderedWorkers::~OrderedWorkers() { end(); }

void OrderedWorkers::end() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  for (Worker& worker : workers_) worker.changed.notify_all();
  for (Worker& worker : workers_)
    if (worker.thread.joinable()) worker.thread.join();
}

void OrderedWorkers::work(Worker& worker, std::size_t number) {
  try {
    work_(number);
  } catch (...) {
    worker.thrown = std::current_exception();
  }
}

void OrderedWorkers::serve(Worker& worker, std::size_t number) {
  std::unique_lock lock(mutex_);
  for (;;) {
    worker.changed.wait(lock, [&] { return stop_ || worker.state == Worker::State::works; });
    if (stop_) return;
    lock.unlock();
    work(worker, number);
    lock.lock();
    worker.state = Worker::State::done;
    worker.changed.notify_all();
  }
}

void OrderedWorkers::begin() {
  LC_EXPECT(!is_full(), "a piece begins where a worker is at rest");
  const std::size_t number = next();
  Worker& worker = workers_[number];
  ++begun_;
  if (count() == 1) {
    work(worker, number);
    worker.state = Worker::State::done;
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    worker.state = Worker::State::works;
  }
  worker.changed.notify_all();
}

bool OrderedWorkers::is_ready() const {
  if (begun_ == 0) return false;
  const std::lock_guard lock(mutex_);
  return workers_[oldest_].state == Worker::State::done;
}

void OrderedWorkers::abandon() {
  while (begun_ > 0) try {
      take();
    } catch (...) {  // nor what it threw
    }
}

std::size_t OrderedWorkers::take() {
  LC_EXPECT(begun_ > 0, "a piece is taken after it has begun");
  const std::size_t number = std::exchange(oldest_, (oldest_ + 1) % count());
  --begun_;
  Worker& worker = workers_[number];
  {
    std::unique_lock lock(mutex_);
    worker.changed.wait(lock, [&] { return worker.state == Worker::State::done; });
    worker.state = Worker::State::rests;
  }
  if (worker.thrown) std::rethrow_exception(std::exchange(worker.thrown, nullptr));
  return number;
}

}  // namespace lc
