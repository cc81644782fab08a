// What a Publisher and a Subscriber are told at their creation.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "transport/bounds.h"
#include "transport/context.h"
#include "transport/endpoint.h"
#include "transport/link_state.h"

namespace lc::transport {

enum class Pattern {
  pub_sub,    // live: to everyone who listens; what a slow peer cannot take is dropped
  push_pull,  // recordings: each message to one peer; whoever sends waits for room, nothing is dropped
};

// Paths, never keys. `key` with `allow` makes us the CURVE server, `key` with `server` a client; all empty:
// no CURVE.
struct CurveFiles {
  std::filesystem::path key;     // our secret key file
  std::filesystem::path allow;   // server: allow-list of the clients' public keys
  std::filesystem::path server;  // client: public key file of the server

  bool is_on() const { return !key.empty() || !allow.empty() || !server.empty(); }
};

struct LinkChange {
  LinkState state;
  std::string text;  // a sentence for people
};

struct LinkOptions {
  std::string endpoint;
  Attach attach = Attach::connect;
  Pattern pattern = Pattern::pub_sub;
  std::size_t queue_messages = 16;
  std::size_t queue_bytes = std::size_t{64} << 20;
  CurveFiles curve;
  std::chrono::milliseconds handshake_timeout = kHandshakeTimeout;
  std::chrono::milliseconds heartbeat_interval = kHeartbeatInterval;  // pub_sub only
  std::chrono::milliseconds heartbeat_timeout = kHeartbeatTimeout;
  std::shared_ptr<Context> context;  // for inproc endpoints; otherwise made

  // Told at each change; may be empty.
  //   thread  the socket's own; must not call the Publisher or Subscriber
  std::function<void(const LinkChange&)> on_link_change;
};

}  // namespace lc::transport
