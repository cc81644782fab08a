// Answers ZeroMQ's question "may this client in?" (ZAP, RFC 27) from an allow-list of public keys.
//
// Without a running handler ZeroMQ lets every client key in, unless the socket has a domain and enforces it
// (option 93); Link sets both, so that a dead handler keeps everyone out. One handler for each Context.
// The list is read anew at each handshake, and every second while somebody is in: who is taken out of it is counted in
// revoked(), and Link ends the connections. A list that cannot be read keeps everyone out who is not in yet.
//   thread  one of its own
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "transport/context.h"
#include "transport/curve_keys.h"
#include "transport/socket.h"
#include "transport/wakeup.h"

namespace lc::transport {

inline constexpr std::string_view kZapDomain = "latentcast";

class ZapHandler {
 public:
  // errors  invalid_config: the list is empty; those of load_allow_list(); unavailable: the context has a
  //         handler
  static Result<std::unique_ptr<ZapHandler>> start(std::shared_ptr<Context> context,
                                                   std::filesystem::path allow_list);
  ~ZapHandler() { stop(); }
  void stop();  // answers nobody any more

  std::uint64_t allowed() const { return allowed_; }
  std::uint64_t denied() const { return denied_; }
  std::uint64_t revoked() const { return revoked_; }  // clients that were let in, and are in the list no more

 private:
  ZapHandler(Socket socket, Wakeup wakeup, std::filesystem::path allow_list);
  void run();
  bool answer();
  void look_again();

  Socket socket_;
  Wakeup wakeup_;
  const std::filesystem::path allow_list_;
  std::vector<CurvePublicKey> admitted_;  // its thread's
  std::atomic<std::uint64_t> allowed_{0}, denied_{0}, revoked_{0};
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

}  // namespace lc::transport
