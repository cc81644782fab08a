// cpp-httplib's server within bounds: it keeps none itself on how long a line is, how many connections wait, or how
// slowly a client sends. So that no stranger takes this process's memory, descriptors, threads or its end:
//
//   a request      of at most kLargestRequest bytes, line and headers, within kRequestTime
//   an answer      within kAnswerTime
//   connections    kThreads served at a time, kWaiting more wait; others are closed at once
//   the end        every connection is closed, so that stop() waits for no client
//
// The only file that knows the insides of cpp-httplib.
#pragma once

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>

namespace lc::engine {

class BoundedServer : public httplib::Server {
 public:
  static constexpr std::size_t kLargestRequest = 8192, kThreads = 16, kWaiting = 32;
  static constexpr std::chrono::seconds kRequestTime{2}, kAnswerTime{10};

  BoundedServer();

  // Closes all connections; the listening thread then ends. Any thread.
  void stop_now();

 private:
  class Queue;
  class Connection;
  static bool answer(auto& server, Connection& connection);  // auto: BoundedServer
  bool process_and_close_socket(socket_t socket) override;

  std::mutex mutex_;
  std::set<socket_t> open_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<std::size_t> busy_ = 0;  // connections, those that wait included
};

}  // namespace lc::engine
