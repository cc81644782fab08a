// Messages between a streaming thread and the thread that owns a socket, bounded in number and bytes.
//
// With drop_oldest the newest wins: when it is full, the oldest ordinary frame goes, then the oldest key
// frame, then the oldest message of any kind, and every loss is counted. (Key frames stay longer because
// later frames need them.) With wait the queue never loses a message; the side that pushes waits or keeps
// it.
//   thread  all members from any thread; interrupt() ends waits on both sides until resume()
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

#include "base/bytes.h"

namespace lc::transport {

enum class WhenFull { drop_oldest, wait };

class MessageQueue {
 public:
  struct Limits {
    std::size_t messages;
    std::size_t bytes;  // one message is taken even when it is larger
  };

  MessageQueue(WhenFull when_full, Limits limits) : when_full_(when_full), limits_(limits) {}

  // Takes `message`, or answers false and leaves it when the queue is full (wait only).
  bool try_push(Bytes& message);

  // The same, waiting for room. False: interrupted, message not taken.
  bool push(Bytes& message);

  // Ahead of all others, beyond the limits.
  void push_front(Bytes message);

  bool try_pop(Bytes& message);

  enum class Outcome { message, timeout, interrupted };
  Outcome pop(Bytes& message, std::chrono::milliseconds limit);

  void clear();
  void interrupt();
  void resume();

  std::size_t size() const;
  bool has_room() const;
  std::uint64_t dropped() const;

 private:
  bool is_full(std::size_t more) const;
  void take(Bytes& message);
  void drop_one();

  const WhenFull when_full_;
  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Bytes> messages_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
  bool is_interrupted_ = false;
};

}  // namespace lc::transport
