// What ZeroMQ's monitor events mean: is nobody there, are we refused, are we connected?
//
// Facts of libzmq 4.3.4 that are not in its manual (measured):
//   1. it announces each reconnection of its own (CONNECT_RETRIED) right after a failure; after a refusal,
//      a mechanism mismatch and an oversized message it announces nothing and never tries again.
//      rescue_due() notices.
//   2. a wrong server key shows at the client as "handshake failed, no detail" only; an unknown client key
//      as "handshake failed, authentication, 400".
//   3. a connection that fails its handshake reports that failure immediately before DISCONNECTED.
//   4. inproc has no events.
//   5. under back-pressure it stops reading, PINGs included, and then takes the silence for a dead peer:
//      push/pull runs without heartbeats, on TCP keep-alive.
//   6. under back-pressure it throws away what is left in an ipc connection when the sender closes it: a
//      sender waits until that was read (Link::unsent_bytes()).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "transport/endpoint.h"

namespace lc::transport {

enum class LinkState {
  no_peer,           // nobody is there; we keep trying, or wait
  connected,         // at least one peer is
  not_allowed,       // the peer's allow-list does not have our key
  handshake_failed,  // a peer is there: wrong server key, CURVE on one side only, other mode, or no ZeroMQ
};

std::string_view to_string(LinkState state);

// One sentence, with what to do.
std::string describe(LinkState state, const Endpoint& endpoint, bool has_curve);

class LinkTracker {
 public:
  using Clock = std::chrono::steady_clock;

  explicit LinkTracker(Attach attach) : attach_(attach) {}

  // A monitor event, as in zmq_socket_monitor(3). True: state() has changed, or a new peer has come.
  //   value  of CONNECTED, ACCEPTED, DISCONNECTED: the file descriptor
  bool on_event(std::uint16_t event, std::uint32_t value, Clock::time_point now);

  LinkState state() const { return state_; }
  int peers() const { return peers_; }
  std::uint64_t handshakes() const { return handshakes_; }  // that succeeded, in all
  std::uint64_t refusals() const { return refusals_; }      // handshakes that failed, in all
  // Of the open connections, as far as we heard.
  const std::vector<int>& descriptors() const { return descriptors_; }

  // When to connect again because ZeroMQ has given up. Call rescued() after doing so.
  std::optional<Clock::time_point> rescue_due() const { return rescue_due_; }
  void rescued() { rescue_due_.reset(); }

 private:
  void on_failed_handshake(LinkState state, Clock::time_point now);
  void on_disconnected(Clock::time_point now);

  const Attach attach_;
  LinkState state_ = LinkState::no_peer;
  int peers_ = 0;
  std::uint64_t handshakes_ = 0, refusals_ = 0;
  bool has_just_failed_ = false;
  std::vector<int> descriptors_;
  std::optional<Clock::time_point> rescue_due_;
};

}  // namespace lc::transport
