#include "transport/context.h"

#include <zmq.h>

#include <cerrno>

namespace lc::transport {

Result<std::shared_ptr<Context>> Context::create() {
  void* handle = zmq_ctx_new();
  if (!handle) return fail(Errc::unavailable, "ZeroMQ does not start: {}", zmq_strerror(zmq_errno()));
  return std::shared_ptr<Context>(new Context(handle));
}

Context::~Context() {
  while (zmq_ctx_term(handle_) != 0 && zmq_errno() == EINTR) {
  }
}

}  // namespace lc::transport
