// Messages that look sealed, waits with a limit, and raw TCP peers that break the rules.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include "support/test.h"
#include "transport/message.h"
#include "transport/publisher.h"
#include "transport/subscriber.h"

namespace lc::test {

using namespace std::chrono_literals;

// Long enough for a sanitizer on a busy machine; a test that waits this long has failed.
inline constexpr std::chrono::milliseconds kLimit = 30s;

struct MessageShape {
  char type = 'F';
  std::uint32_t number = 0;  // at the end of the payload
  std::uint8_t device = 1;   // all 8 bytes of the device id
  std::uint16_t stream = 0;
  bool is_key = false;
  std::size_t size = 64;
};

Bytes make_message(const MessageShape& shape);
std::uint32_t number_of(ByteSpan message);

// Counts what happens on other threads; waits until it has happened `count` times.
class Tally {
 public:
  void add();
  bool reaches(int count, std::chrono::milliseconds limit = kLimit);
  int count() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

// The states that a link went through.
class LinkLog {
 public:
  std::function<void(const transport::LinkChange&)> callback();
  bool reaches(transport::LinkState state, std::chrono::milliseconds limit = kLimit);
  std::string last_text() const;
  void forget();

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<transport::LinkChange> changes_;
};

// The next message of one of the types, within kLimit; empty when none comes.
Bytes next(transport::Subscriber& subscriber, std::string_view types = "F");

// A TCP socket without ZeroMQ.
class RawSocket {
 public:
  static RawSocket listen_anywhere();
  static RawSocket connect_to(int port);
  RawSocket accept();
  RawSocket(RawSocket&& other) noexcept;
  RawSocket& operator=(RawSocket&&) = delete;
  ~RawSocket();

  int port() const;
  void write(ByteSpan bytes);
  void write(std::string_view text) { write(as_bytes(text)); }
  bool read(std::size_t count);  // exactly so many bytes; false: closed before, or kLimit is over
  bool is_closed_by_peer();      // waits for it

 private:
  explicit RawSocket(int fd) : fd_(fd) {}
  int fd_;
};

int port_of(const std::string& endpoint);

// ZMTP 3.0 with the NULL mechanism, by hand: greeting, READY as that socket type.
void shake_hands(RawSocket& socket, std::string_view socket_type);
Bytes zmtp_frame(ByteSpan content, bool has_more = false);

}  // namespace lc::test
