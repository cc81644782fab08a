// Pieces of work that overlap, and are taken back in the order in which they began.
//
// Workers get their pieces in turn, so what belongs to one of them (a network, a picture) is the caller's again once
// its piece has been taken. Each has a thread of its own, which sleeps while it has nothing to do; a single worker has
// none: begin() does the work itself.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace lc {

// Thread: one calls; the work runs on any.
class OrderedWorkers {
 public:
  static constexpr int kMost = 64;  // that settings may ask for

  //   work  what the worker of that number does with its piece
  // Throws std::system_error when the system gives no more threads.
  OrderedWorkers(std::size_t count, std::function<void(std::size_t)> work);
  // Waits for what is in work.
  ~OrderedWorkers();
  OrderedWorkers(const OrderedWorkers&) = delete;
  OrderedWorkers& operator=(const OrderedWorkers&) = delete;

  std::size_t count() const { return workers_.size(); }
  // Pieces begun and not taken yet.
  std::size_t begun() const { return begun_; }
  bool is_full() const { return begun_ == count(); }

  // Whose the next piece is. It is at rest until begin().
  std::size_t next() const { return (oldest_ + begun_) % count(); }
  // Only while it is not full.
  void begin();

  // Whose the oldest piece is, where one has begun.
  std::size_t oldest() const { return oldest_; }
  // Whether one has begun and take() will not wait.
  bool is_ready() const;
  // Waits for all pieces begun; nobody asks what became of them.
  void abandon();
  // Waits for the oldest piece; whose it was. Allocates nothing, as little as begin(). Throws what the work threw.
  std::size_t take();

 private:
  struct Worker {
    enum class State { rests, works, done } state = State::rests;
    std::exception_ptr thrown;
    std::condition_variable changed;
    std::jthread thread;
  };
  void serve(Worker& worker, std::size_t number);
  void work(Worker& worker, std::size_t number);
  void end();

  std::function<void(std::size_t)> work_;
  mutable std::mutex mutex_;
  bool stop_ = false;
  std::size_t oldest_ = 0, begun_ = 0;
  std::vector<Worker> workers_;
};

}  // namespace lc
