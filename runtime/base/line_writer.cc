#include "base/line_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

namespace lc {
namespace {

// While in scope, a write into a closed pipe is an error of this thread, and not the end of the process.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoSigpipe() {
    const timespec now{};
    if (!was_pending_)
      while (sigtimedwait(&pipe_, nullptr, &now) < 0 && errno == EINTR) {
      }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  sigset_t pipe_{}, before_{};
  bool was_pending_ = false;
};

}  // namespace

Result<LineWriter> LineWriter::create(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
    return fail(Errc::invalid_config, "the descriptor {} is not open for writing", descriptor);
  return LineWriter(descriptor);
}

LineWriter::Written LineWriter::write(std::string_view line) const {
  pollfd ready{.fd = descriptor_, .events = POLLOUT, .revents = 0};
  if (::poll(&ready, 1, 0) == 0) return Written::busy;
  const NoSigpipe guard;
  while (!line.empty()) {
    const ssize_t done = ::write(descriptor_, line.data(), line.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return errno == EAGAIN ? Written::busy : Written::gone;
    line.remove_prefix(static_cast<std::size_t>(done));
  }
  return Written::whole;
}

}  // namespace lc
