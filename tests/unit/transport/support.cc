#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace lc::test {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

bool is_readable(int fd) {
  pollfd item{fd, POLLIN, 0};
  return ::poll(&item, 1, static_cast<int>(kLimit.count())) == 1;
}

}  // namespace

Bytes make_message(const MessageShape& shape) {
  Bytes message(std::max<std::size_t>(shape.size, 52));
  const auto put = [&](std::size_t at, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      message[at + i] = static_cast<std::byte>(value >> 8 * (size - 1 - i));
  };
  put(0, 0x4c4331, 3);  // LC1
  put(3, static_cast<std::uint8_t>(shape.type), 1);
  put(4, shape.device * std::uint64_t{0x0101010101010101}, 8);
  put(12, shape.stream, 2);
  put(14, transport::kHeaderBytes, 2);
  put(16, shape.is_key ? 4 : 0, 1);
  put(message.size() - 4, shape.number, 4);
  return message;
}

std::uint32_t number_of(ByteSpan message) {
  return message.size() < 4 ? 0 : Reader(message.last(4)).big<std::uint32_t>().value();
}

void Tally::add() {
  const std::lock_guard lock(mutex_);
  ++count_;
  changed_.notify_all();
}

bool Tally::reaches(int count, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return count_ >= count; });
}

int Tally::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::function<void(const transport::LinkChange&)> LinkLog::callback() {
  return [this](const transport::LinkChange& change) {
    const std::lock_guard lock(mutex_);
    changes_.push_back(change);
    changed_.notify_all();
  };
}

bool LinkLog::reaches(transport::LinkState state, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] {
    return std::any_of(changes_.begin(), changes_.end(),
                       [&](const auto& change) { return change.state == state; });
  });
}

std::string LinkLog::last_text() const {
  const std::lock_guard lock(mutex_);
  return changes_.empty() ? std::string() : changes_.back().text;
}

void LinkLog::forget() {
  const std::lock_guard lock(mutex_);
  changes_.clear();
}

Bytes next(transport::Subscriber& subscriber, std::string_view types) {
  Bytes message;
  while (subscriber.receive(message, kLimit) == transport::Receive::message)
    if (types.find(static_cast<char>(message[3])) != std::string_view::npos) return message;
  return {};
}

RawSocket RawSocket::listen_anywhere() {
  RawSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(0);
  REQUIRE(::bind(socket.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  REQUIRE(::listen(socket.fd_, 8) == 0);
  return socket;
}

RawSocket RawSocket::connect_to(int port) {
  RawSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(port);
  REQUIRE(::connect(socket.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  return socket;
}

RawSocket RawSocket::accept() {
  REQUIRE(is_readable(fd_));
  return RawSocket(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC));
}

RawSocket::RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RawSocket::~RawSocket() {
  if (fd_ >= 0) ::close(fd_);
}

int RawSocket::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

void RawSocket::write(ByteSpan bytes) {
  // A peer that has closed already is what some tests want.
  [[maybe_unused]] const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

bool RawSocket::read(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t used = 0; used < count;) {
    if (!is_readable(fd_)) return false;
    const auto got = ::recv(fd_, bytes.data() + used, count - used, 0);
    if (got <= 0) return false;
    used += static_cast<std::size_t>(got);
  }
  return true;
}

bool RawSocket::is_closed_by_peer() {
  char byte;
  while (is_readable(fd_))
    if (::recv(fd_, &byte, 1, 0) <= 0) return true;
  return false;
}

int port_of(const std::string& endpoint) { return std::stoi(endpoint.substr(endpoint.rfind(':') + 1)); }

void shake_hands(RawSocket& socket, std::string_view socket_type) {
  Bytes greeting;
  greeting.reserve(64);
  Writer out(greeting);
  out.big(std::uint8_t{0xff});
  out.bytes(Bytes(8));
  out.big(std::uint8_t{0x7f});
  out.big(std::uint16_t{0x0300});  // version 3.0
  out.text("NULL");
  out.bytes(Bytes(64 - greeting.size()));
  socket.write(greeting);
  Bytes ready;
  ready.reserve(64);
  Writer command(ready);
  command.big(std::uint8_t{5});
  command.text("READY");
  command.big(std::uint8_t{11});
  command.text("Socket-Type");
  command.big(static_cast<std::uint32_t>(socket_type.size()));
  command.text(socket_type);
  const std::array start{std::byte{4}, static_cast<std::byte>(ready.size())};  // a command, its size
  socket.write(start);
  socket.write(ready);
  REQUIRE(socket.read(64));
}

Bytes zmtp_frame(ByteSpan content, bool has_more) {
  Bytes frame;
  frame.reserve(content.size() + 9);
  Writer out(frame);
  out.big(static_cast<std::uint8_t>(2 | (has_more ? 1 : 0)));
  out.big(static_cast<std::uint64_t>(content.size()));
  out.bytes(content);
  return frame;
}

}  // namespace lc::test
