// One ZeroMQ socket: options with checked results, single-part messages, closed with its scope (linger 0).
//   thread  one at a time; handing it over needs a lock or the start of a thread
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "transport/context.h"

namespace lc::transport {

class Socket {
 public:
  static Result<Socket> open(std::shared_ptr<Context> context, int type);
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  void* handle() const { return handle_; }
  void close();

  Result<> set(int option, int value);
  Result<> set_wide(int option, std::int64_t value);
  Result<> set_bytes(int option, ByteSpan value);
  int get(int option) const;
  std::string last_endpoint() const;

  enum class Sent { done, full, failed };
  Sent send(ByteSpan message);  // never waits

  // Receives all parts of the next message without waiting; `message` keeps the first one.
  //   malformed  it had more than one part
  enum class Received { message, nothing, malformed, failed };
  Received receive(Bytes& message);

 private:
  Socket(std::shared_ptr<Context> context, void* handle) : context_(std::move(context)), handle_(handle) {}
  std::shared_ptr<Context> context_;
  void* handle_;
};

}  // namespace lc::transport
