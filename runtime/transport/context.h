// A ZeroMQ context: its I/O thread, and the space of inproc:// names. Each Publisher and Subscriber makes
// one of its own unless it is handed one; it must outlive the sockets in it, which hold it by shared_ptr.
#pragma once

#include <memory>

#include "base/result.h"

namespace lc::transport {

class Context {
 public:
  static Result<std::shared_ptr<Context>> create();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context();  // waits for the linger time of sockets that were closed in it

  void* handle() const { return handle_; }

 private:
  explicit Context(void* handle) : handle_(handle) {}
  void* const handle_;
};

}  // namespace lc::transport
