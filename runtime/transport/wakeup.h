// Wakes a thread that waits in zmq_poll: an eventfd that any thread may set.
#pragma once

#include "base/result.h"

namespace lc::transport {

class Wakeup {
 public:
  static Result<Wakeup> create();
  Wakeup(Wakeup&& other) noexcept;
  Wakeup& operator=(Wakeup&&) = delete;
  ~Wakeup();

  int fd() const { return fd_; }
  void set() const;
  void clear() const;

 private:
  explicit Wakeup(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace lc::transport
