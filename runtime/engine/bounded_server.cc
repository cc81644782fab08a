#include "engine/bounded_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace lc::engine {
namespace {

using Clock = std::chrono::steady_clock;
// Whether a queue took the task; queues of cpp-httplib 0.11 do not say.
using Taken = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));

// Set while a connection that is too much is closed on the listening thread.
thread_local bool is_refusing = false;

}  // namespace

// Runs what fits in the pool; the rest at once, refusing.
class BoundedServer::Queue : public httplib::TaskQueue {
 public:
  explicit Queue(BoundedServer& server) : server_(server), pool_(kThreads) {}

  Taken enqueue(std::function<void()> task) override {
    if (server_.busy_.fetch_add(1) >= kThreads + kWaiting) {
      is_refusing = true;
      task();
      is_refusing = false;
      --server_.busy_;
      return Taken(true);  // the connection is closed already
    }
    return pool_.enqueue([this, run = std::move(task)] {
      run();
      --server_.busy_;
    });
  }
  void shutdown() override { pool_.shutdown(); }

 private:
  BoundedServer& server_;
  httplib::ThreadPool pool_;
};

class BoundedServer::Connection : public httplib::Stream {
 public:
  explicit Connection(socket_t socket) : socket_(socket) {}

  bool is_readable() const override { return received_ < kLargestRequest && wait(POLLIN, read_end_); }
  bool is_writable() const override { return wait(POLLOUT, write_end_); }

  ssize_t read(char* bytes, std::size_t size) override {
    if (!is_readable()) return -1;
    const ssize_t got = ::recv(socket_, bytes, std::min(size, kLargestRequest - received_), 0);
    if (got > 0) received_ += static_cast<std::size_t>(got);
    return got;
  }
  ssize_t write(const char* bytes, std::size_t size) override {
    return is_writable() ? ::send(socket_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT) : -1;
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return socket_; }

 private:
  bool wait(short event, Clock::time_point end) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd one{socket_, event, 0};
    return left > 0 && ::poll(&one, 1, static_cast<int>(left)) == 1 && (one.revents & event) != 0;
  }

  socket_t socket_;
  Clock::time_point read_end_ = Clock::now() + kRequestTime, write_end_ = read_end_ + kAnswerTime;
  std::size_t received_ = 0;
};

BoundedServer::BoundedServer() {
  new_task_queue = [this] { return new Queue(*this); };
}

void BoundedServer::stop_now() {
  is_stopping_ = true;
  stop();
  const std::lock_guard lock(mutex_);
  for (const socket_t socket : open_) ::shutdown(socket, SHUT_RDWR);
}

bool BoundedServer::answer(auto& server, Connection& connection) {
  bool is_closed = false;
  if constexpr (requires { server.process_request(connection, true, is_closed, nullptr); })
    return server.process_request(connection, true, is_closed, nullptr);
  else  // since cpp-httplib 0.18 with the addresses of both ends, which nobody asks for
    return server.process_request(connection, "", 0, "", 0, true, is_closed, nullptr);
}

bool BoundedServer::process_and_close_socket(socket_t socket) {
  const auto end = [&] {
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
  };
  if (is_refusing) return end(), false;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return end(), false;
    open_.insert(socket);
  }
  Connection connection(socket);
  const bool good = answer(*this, connection);
  const std::lock_guard lock(mutex_);
  open_.erase(socket);
  end();
  return good;
}

}  // namespace lc::engine
