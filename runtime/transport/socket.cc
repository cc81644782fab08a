#include "transport/socket.h"

#include <zmq.h>

#include <array>
#include <cerrno>
#include <utility>

namespace lc::transport {
namespace {

class Part {
 public:
  Part() { zmq_msg_init(&part_); }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  ~Part() { zmq_msg_close(&part_); }

  bool receive(void* socket) {
    int size;
    do {
      size = zmq_msg_recv(&part_, socket, ZMQ_DONTWAIT);
    } while (size < 0 && zmq_errno() == EINTR);
    return size >= 0;
  }
  bool has_more() { return zmq_msg_more(&part_) != 0; }
  ByteSpan bytes() { return {static_cast<const std::byte*>(zmq_msg_data(&part_)), zmq_msg_size(&part_)}; }

 private:
  zmq_msg_t part_;
};

}  // namespace

Result<Socket> Socket::open(std::shared_ptr<Context> context, int type) {
  void* handle = zmq_socket(context->handle(), type);
  if (!handle) return fail(Errc::unavailable, "ZeroMQ gives no socket: {}", zmq_strerror(zmq_errno()));
  Socket socket(std::move(context), handle);
  LC_TRY(socket.set(ZMQ_LINGER, 0));
  return socket;
}

Socket::Socket(Socket&& other) noexcept
    : context_(std::move(other.context_)), handle_(std::exchange(other.handle_, nullptr)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this == &other) return *this;
  close();
  context_ = std::move(other.context_);
  handle_ = std::exchange(other.handle_, nullptr);
  return *this;
}

Socket::~Socket() { close(); }

void Socket::close() {
  if (handle_) zmq_close(std::exchange(handle_, nullptr));
}

Result<> Socket::set(int option, int value) {
  return set_bytes(option, {reinterpret_cast<const std::byte*>(&value), sizeof(value)});
}

Result<> Socket::set_wide(int option, std::int64_t value) {
  return set_bytes(option, {reinterpret_cast<const std::byte*>(&value), sizeof(value)});
}

Result<> Socket::set_bytes(int option, ByteSpan value) {
  if (zmq_setsockopt(handle_, option, value.data(), value.size()) != 0)
    return fail(Errc::backend, "ZeroMQ refuses its option {}: {}", option, zmq_strerror(zmq_errno()));
  return {};
}

int Socket::get(int option) const {
  int value = 0;
  std::size_t size = sizeof(value);
  zmq_getsockopt(handle_, option, &value, &size);
  return value;
}

std::string Socket::last_endpoint() const {
  std::array<char, 512> text{};
  std::size_t size = text.size();
  if (zmq_getsockopt(handle_, ZMQ_LAST_ENDPOINT, text.data(), &size) != 0) return {};
  return text.data();
}

Socket::Sent Socket::send(ByteSpan message) {
  int sent;
  do {
    sent = zmq_send(handle_, message.data(), message.size(), ZMQ_DONTWAIT);
  } while (sent < 0 && zmq_errno() == EINTR);
  if (sent >= 0) return Sent::done;
  return zmq_errno() == EAGAIN ? Sent::full : Sent::failed;
}

Socket::Received Socket::receive(Bytes& message) {
  bool is_single = true;
  for (bool is_first = true;; is_first = false) {
    Part part;
    if (!part.receive(handle_)) return zmq_errno() == EAGAIN ? Received::nothing : Received::failed;
    if (is_first) message.assign(part.bytes().begin(), part.bytes().end());
    if (!part.has_more()) return is_single ? Received::message : Received::malformed;
    is_single = false;
  }
}

}  // namespace lc::transport
