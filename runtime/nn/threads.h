// The threads of one plan, and the promise that the library makes none.
//
// Debian's oneDNN splits its work with OpenMP, whose threads spin between two pieces of work: with another
// busy process the frame rate falls to a quarter. So every thread that calls oneDNN, when it makes kernels
// and when it runs them, first says that it wants a team of one; a team of one is no team. Work is split
// above, into strips of rows, over threads of ours that sleep on a condition variable while there is nothing
// to do.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace lc::nn {

// Asks OpenMP for teams of one thread, on the calling thread, until the end of the scope.
class SingleThreaded {
 public:
  SingleThreaded();
  ~SingleThreaded();
  SingleThreaded(const SingleThreaded&) = delete;
  SingleThreaded& operator=(const SingleThreaded&) = delete;

 private:
  int before_;
};

class Workers {
 public:
  // `work(i)` is what worker i does in one run; worker 0 is the thread that calls run(). With count 1 there
  // is no other. Throws std::system_error when the system gives no more threads.
  Workers(std::size_t count, std::function<void(std::size_t)> work);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  std::size_t count() const { return threads_.size() + 1; }
  // Runs all workers; returns when the last is done.
  void run();
  // Called by every worker as often as the others: none goes on before all are here.
  void meet();

 private:
  void serve(std::size_t index);
  void end();

  std::function<void(std::size_t)> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t round_ = 0;                  // of run()
  std::size_t busy_ = 0;                   // workers still in this round
  std::size_t waiting_ = 0, meeting_ = 0;  // at meet(), and how many meetings there were
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace lc::nn
