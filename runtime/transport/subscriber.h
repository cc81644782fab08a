// The receiving end: XSUB for live streams, PULL for recordings. A thread of its own empties the socket.
//
// pub_sub   the newest wins: when receive() is not called often enough, the oldest frames go, and are
//           counted. (The socket is always emptied, so no backlog grows in the network.)
// push_pull nothing is dropped: when the queue is full the sender waits.
// What is not one of our messages is counted and never handed out.
//   thread  receive() from one thread at a time; everything else from any
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "transport/options.h"

namespace lc::transport {

struct SubscriberOptions : LinkOptions {
  Bytes sender;  // pub_sub: take messages only whose device id and stream id begin like this (0..10 bytes)
  std::size_t max_message_bytes = kMaxMessageBytes;  // a peer that sends larger ones is disconnected
};

struct SubscriberStats {
  std::uint64_t messages_received = 0, bytes_received = 0;
  std::uint64_t dropped = 0;  // by our queue
  std::uint64_t malformed = 0;
  std::uint64_t reconnects = 0;  // peers that came after the first
  std::uint64_t refused = 0;     // handshakes that failed
  LinkState link = LinkState::no_peer;
};

enum class Receive { message, timeout, interrupted };

class Subscriber {
 public:
  static Result<std::unique_ptr<Subscriber>> create(SubscriberOptions options);
  ~Subscriber();  // ends at once
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  // Where it is bound; empty when it connects.
  const std::string& bound_endpoint() const;

  [[nodiscard]] Receive receive(Bytes& message, std::chrono::milliseconds limit);

  // Asks the sender of the last frame for a key frame, all senders before the first. Not possible with
  // push_pull.
  void request_key_frame();

  void interrupt();  // ends receive() at once, and lets it return at once until resume()
  void resume();
  void discard_queue();

  // What the link is waiting for, as a sentence.
  std::string describe_link() const;

  SubscriberStats stats() const;

 private:
  class Core;
  explicit Subscriber(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace lc::transport
