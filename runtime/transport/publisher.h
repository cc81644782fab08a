// The sending end: XPUB for live streams, PUSH for recordings. A thread of its own owns the socket, so that
// a joining subscriber is served while nothing is sent.
//
// pub_sub   publish() never waits. The latest announcement is kept and is the first thing that a new
//           subscriber gets; each subscription, and each key-frame request, is a wish for a key frame
//           (coalesced, see kKeyFrameGap), and the announcement is sent again ahead of it.
//           A peer whose link is full loses messages on the way, in ZeroMQ, without hurting others; it sees
//           the gap.
// push_pull publish() waits for room. A peer that comes is a wish for a key frame too.
//   thread  publish() and finish() from one thread at a time; everything else from any
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "transport/options.h"

namespace lc::transport {

struct PublisherOptions : LinkOptions {
  // The kernel's buffer for each peer, pub_sub only: bounds how far a slow link can fall behind (128 KiB
  // hold 1 s of 1 Mbit/s). 0 leaves it to the system.
  int send_buffer_bytes = 128 << 10;

  // A key frame is wanted.
  //   thread  the socket's own; must not call the Publisher
  std::function<void()> on_key_frame_wanted;
};

struct PublisherStats {
  std::uint64_t messages_sent = 0, bytes_sent = 0;
  std::uint64_t dropped = 0;             // by our queue
  std::uint64_t key_frame_requests = 0;  // from subscribers that lost a reference
  std::uint64_t malformed = 0;           // what came from subscribers and made no sense
  std::uint64_t refused = 0;             // handshakes that failed
  std::uint64_t peers = 0;
  std::uint64_t subscribers = 0;  // subscriptions to frames; peers for push_pull
  LinkState link = LinkState::no_peer;
};

enum class Publish {
  queued,
  interrupted,
  not_sealed,  // does not begin like a sealed message: not taken
  too_large,   // more than kMaxMessageBytes: not taken
};

class Publisher {
 public:
  // errors  invalid_config, unavailable (port in use, ...), refused (key files that others may read), ...
  static Result<std::unique_ptr<Publisher>> create(PublisherOptions options);
  ~Publisher();  // ends at once; after finish(), waits up to kLingerAfterEnd... for the last bytes
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Where it is bound, with the port that the system chose; empty when it connects.
  const std::string& bound_endpoint() const;

  [[nodiscard]] Publish publish(ByteSpan message);

  // The stream has ended in order: waits until the peers have taken all bytes (or TCP has acknowledged
  // them). False: interrupted, or not done within the limit.
  bool finish(std::chrono::milliseconds limit);

  void interrupt();  // ends publish() and finish() at once, and lets them return at once until resume()
  void resume();
  void discard_queue();  // forgets what was not handed over yet

  PublisherStats stats() const;

  // From now on no new CURVE client gets in. For tests of just that.
  void stop_authenticator();

 private:
  class Core;
  explicit Publisher(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace lc::transport
