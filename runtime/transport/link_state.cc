#include "transport/link_state.h"

#include <zmq.h>

#include <algorithm>

#include "transport/bounds.h"

namespace lc::transport {

std::string_view to_string(LinkState state) {
  switch (state) {
    case LinkState::no_peer:
      return "no-peer";
    case LinkState::connected:
      return "connected";
    case LinkState::not_allowed:
      return "not-allowed";
    case LinkState::handshake_failed:
      return "handshake-failed";
  }
  return "unknown";
}

std::string describe(LinkState state, const Endpoint& endpoint, bool has_curve) {
  const bool is_bound = endpoint.attach == Attach::bind;
  switch (state) {
    case LinkState::connected:
      return fmt::format("{}: connected", endpoint.text);
    case LinkState::no_peer:
      if (is_bound) return fmt::format("{}: nobody is connected yet", endpoint.text);
      return fmt::format("{}: nobody answers; is the other side running, and the endpoint right?",
                         endpoint.text);
    case LinkState::not_allowed:
      return fmt::format("{}: refused, the peer's allow-list does not have our key; add it there",
                         endpoint.text);
    case LinkState::handshake_failed:
      return has_curve
                 ? fmt::format(
                       "{}: a peer is there, but the CURVE handshake fails; is its public key the one in "
                       "our file, is CURVE on there, and is its mode the one that goes with ours (pub with sub, push with pull)?",
                       endpoint.text)
                 : fmt::format("{}: a peer is there, but it demands CURVE keys, is of another mode (pub goes with "
                               "sub, push with pull), or does not speak ZeroMQ",
                               endpoint.text);
  }
  return endpoint.text;
}

bool LinkTracker::on_event(std::uint16_t event, std::uint32_t value, Clock::time_point now) {
  const LinkState old_state = state_;
  const bool was_failure = has_just_failed_;
  has_just_failed_ = false;
  switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
      ++peers_;
      ++handshakes_;
      state_ = LinkState::connected;
      rescue_due_.reset();
      return true;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      on_failed_handshake(LinkState::not_allowed, now);
      break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
      on_failed_handshake(LinkState::handshake_failed, now);
      break;
    case ZMQ_EVENT_DISCONNECTED:
      descriptors_.erase(std::remove(descriptors_.begin(), descriptors_.end(), static_cast<int>(value)),
                         descriptors_.end());
      if (!was_failure) on_disconnected(now);
      break;
    case ZMQ_EVENT_ACCEPTED:
      descriptors_.push_back(static_cast<int>(value));
      break;
    case ZMQ_EVENT_CONNECTED:
      descriptors_.push_back(static_cast<int>(value));
      [[fallthrough]];
    case ZMQ_EVENT_CONNECT_RETRIED:
    case ZMQ_EVENT_CONNECT_DELAYED:
      rescue_due_.reset();  // ZeroMQ is still trying
      break;
    case ZMQ_EVENT_CLOSED:
      if (attach_ == Attach::connect && peers_ == 0) state_ = LinkState::no_peer;  // nobody listens there
      break;
    default:
      break;
  }
  return state_ != old_state;
}

void LinkTracker::on_failed_handshake(LinkState state, Clock::time_point now) {
  has_just_failed_ = true;
  ++refusals_;
  if (attach_ == Attach::bind) return;  // a stranger at our door says nothing about our peers
  if (peers_ == 0) state_ = state;
  rescue_due_ = now + kRescueDelay;
}

void LinkTracker::on_disconnected(Clock::time_point now) {
  if (peers_ > 0) --peers_;
  if (peers_ == 0) state_ = LinkState::no_peer;
  if (attach_ == Attach::connect) rescue_due_ = now + kRescueDelay;
}

}  // namespace lc::transport
