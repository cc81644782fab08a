// One ZeroMQ socket with all that it needs to stay alive: limits, heartbeats, CURVE with its authenticator,
// a monitor, and a new connection where ZeroMQ has given up.
//   thread  made on one thread, then used by one other (its owner's loop); counters by all
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "transport/options.h"
#include "transport/socket.h"
#include "transport/wakeup.h"
#include "transport/zap.h"

namespace lc::transport {

struct SocketSettings {
  int type;
  int send_hwm, receive_hwm;              // messages for each peer
  std::size_t max_message_bytes;          // larger ones end the connection of whoever sends them
  int send_buffer_bytes = 0;              // of the kernel, for each peer; 0 leaves it to the system
  bool wants_every_subscription = false;  // XPUB
  std::vector<Bytes> topics;              // XSUB
};

class Link {
 public:
  using Clock = LinkTracker::Clock;

  // Checks everything, starts the authenticator, then binds or connects.
  static Result<std::unique_ptr<Link>> open(const LinkOptions& options, const SocketSettings& settings);

  Socket& socket() { return socket_; }
  const std::string& bound_endpoint() const { return bound_endpoint_; }
  const Wakeup& wakeup() const { return wakeup_; }

  struct Ready {
    bool in = false, out = false;
    bool has_new_peer = false;
  };
  // Waits for the socket, the wake-up or `until`; follows the monitor meanwhile.
  Ready wait(bool wants_in, bool wants_out, std::optional<Clock::time_point> until);

  // Bytes in the connections that the peers have not taken yet: not read (ipc), not acknowledged (tcp).
  std::size_t unsent_bytes() const;

  // Closes the socket, leaving what was sent this much time to go out.
  void close(std::chrono::milliseconds linger);

  LinkState state() const { return state_; }
  std::string describe() const { return transport::describe(state_, endpoint_, has_curve_); }
  bool is_connected() const { return state_ == LinkState::connected || is_inproc_; }
  int peers() const { return peers_; }
  std::uint64_t handshakes() const { return handshakes_; }
  std::uint64_t refusals() const { return refusals_; }

  // From now on nobody new gets in (fails closed). For tests of just that.
  void stop_authenticator() { authenticator_->stop(); }

 private:
  Link(const LinkOptions& options, Endpoint endpoint, std::unique_ptr<ZapHandler> authenticator,
       Socket socket, Socket monitor, Wakeup wakeup, std::string bound_endpoint);
  bool follow_monitor();
  void rescue_if_due();
  void drop_if_revoked();

  const Endpoint endpoint_;
  const bool has_curve_, is_inproc_;
  const std::function<void(const LinkChange&)> on_change_;
  std::unique_ptr<ZapHandler> authenticator_;
  std::uint64_t revoked_ = 0;  // as the authenticator last said
  Socket socket_, monitor_;
  Wakeup wakeup_;
  const std::string bound_endpoint_;
  LinkTracker tracker_;
  std::atomic<LinkState> state_{LinkState::no_peer};
  std::atomic<int> peers_{0};
  std::atomic<std::uint64_t> handshakes_{0}, refusals_{0};
};

}  // namespace lc::transport
