// Where a socket binds or connects: tcp://HOST:PORT, ipc://PATH, inproc://NAME, checked before ZeroMQ sees
// it.
//
// ZeroMQ deletes whatever file lies at the path of an ipc endpoint that it binds, and two programs may bind
// the same one, the second taking it away from the first. check_ipc_path() refuses both.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace lc::transport {

enum class Scheme { tcp, ipc, inproc };
enum class Attach { bind, connect };

struct Endpoint {
  Scheme scheme = Scheme::tcp;
  Attach attach = Attach::connect;
  std::string text;  // as ZeroMQ takes it
  std::string host;  // tcp: without brackets; "*" is every interface
  int port = 0;      // tcp: 0 lets the system choose (bind only)
  std::string path;  // ipc: of the socket's file, or @name (abstract); inproc: the name
  bool is_ipv6 = false;
};

// errors  invalid_config, with what to write instead
Result<Endpoint> parse_endpoint(std::string_view text, Attach attach);

// Before a bind: the folder exists, and the path is free or holds a socket that nobody answers at.
// errors  invalid_config, unavailable
Result<> check_ipc_path(const Endpoint& endpoint);

// The sentence for a failed bind or connect.
//   error  errno of ZeroMQ
Error attach_error(const Endpoint& endpoint, int error);

}  // namespace lc::transport
