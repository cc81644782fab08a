#include "nn/threads.h"

// From libgomp, which oneDNN brings along. Not <omp.h>: clang has that for its own library only.
extern "C" {
int omp_get_max_threads(void);
void omp_set_num_threads(int);
}

namespace lc::nn {

SingleThreaded::SingleThreaded() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
SingleThreaded::~SingleThreaded() { omp_set_num_threads(before_); }

Workers::Workers(std::size_t count, std::function<void(std::size_t)> work) : work_(std::move(work)) {
  try {
    for (std::size_t i = 1; i < count; ++i) threads_.emplace_back([this, i] { serve(i); });
  } catch (...) {  // the system gives no more threads; those there are must not outlive this object
    end();
    throw;
  }
}

Workers::~Workers() { end(); }

void Workers::end() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::run() {
  {
    const std::lock_guard lock(mutex_);
    ++round_;
    busy_ = threads_.size();
  }
  if (busy_ > 0) changed_.notify_all();
  work_(0);
  if (threads_.empty()) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return busy_ == 0; });
}

void Workers::meet() {
  if (threads_.empty()) return;
  std::unique_lock lock(mutex_);
  if (++waiting_ == count()) {
    waiting_ = 0;
    ++meeting_;
    changed_.notify_all();
    return;
  }
  changed_.wait(lock, [this, now = meeting_] { return meeting_ != now; });
}

void Workers::serve(std::size_t index) {
  const SingleThreaded team_of_one;
  std::unique_lock lock(mutex_);
  for (std::size_t done = 0;;) {
    changed_.wait(lock, [&] { return stop_ || round_ != done; });
    if (stop_) return;
    done = round_;
    lock.unlock();
    work_(index);
    lock.lock();
    if (--busy_ == 0) changed_.notify_all();
  }
}

}  // namespace lc::nn
