#include "transport/wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace lc::transport {

Result<Wakeup> Wakeup::create() {
  const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0)
    return fail(Errc::unavailable, "no more file descriptors ({}); raise the limit with ulimit -n",
                std::strerror(errno));
  return Wakeup(fd);
}

Wakeup::Wakeup(Wakeup&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Wakeup::~Wakeup() {
  if (fd_ >= 0) ::close(fd_);
}

void Wakeup::set() const {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the reader is awake anyway.
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof(one));
}

void Wakeup::clear() const {
  std::uint64_t count;
  [[maybe_unused]] const auto read = ::read(fd_, &count, sizeof(count));
}

}  // namespace lc::transport
