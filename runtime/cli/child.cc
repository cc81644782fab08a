#include "cli/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

extern char** environ;

namespace lc::cli {

Result<Child> Child::start(const std::vector<std::string>& arguments, const std::filesystem::path& log) {
  std::error_code error;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", error).string();
  if (error) return fail(Errc::unavailable, "cannot find this program's own file: {}", error.message());
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return fail(Errc::unavailable, "no pipe: {}", std::strerror(errno));

  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], 1);
  posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  // A group of its own: Ctrl-C reaches the parent only, which then ends its children in order.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(pipe[1]);
  if (failed != 0) {
    ::close(pipe[0]);
    return fail(Errc::unavailable, "cannot start {} (log {}): {}", program, log.string(), std::strerror(failed));
  }
  return Child(pid, pipe[0]);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      status_(other.status_),
      pending_(std::move(other.pending_)) {}

Child::~Child() {
  end();
  if (output_ >= 0) ::close(output_);
}

// Its output ends when it does; reading on keeps it from blocking on a full pipe meanwhile.
void Child::wait(double seconds) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!status() && std::chrono::steady_clock::now() < limit) {
    pollfd wait{output_, POLLIN, 0};
    ::poll(&wait, 1, 20);
    if (wait.revents != 0) read([](std::string_view) {});
  }
}

int Child::end() {
  if (pid_ <= 0) return status_.value_or(0);
  wait(kGraceSeconds);
  if (!status()) {
    terminate();
    wait(kPatienceSeconds);
  }
  if (!status()) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    status_ = 128 + SIGKILL;
  }
  return *status_;
}

void Child::read(const std::function<void(std::string_view)>& line) {
  if (output_ < 0) return;
  char buffer[16384];
  const ssize_t count = ::read(output_, buffer, sizeof buffer);
  if (count < 0 && errno == EINTR) return;
  if (count <= 0) {
    ::close(std::exchange(output_, -1));
    return;
  }
  pending_.append(buffer, static_cast<std::size_t>(count));
  std::size_t begin = 0;
  for (std::size_t end; (end = pending_.find('\n', begin)) != std::string::npos; begin = end + 1)
    line(std::string_view(pending_).substr(begin, end - begin));
  pending_.erase(0, begin);
}

void Child::terminate() const {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

std::optional<int> Child::status() {
  if (!status_ && pid_ > 0) {
    int raw = 0;
    if (::waitpid(pid_, &raw, WNOHANG) == pid_)
      status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  }
  return status_;
}

}  // namespace lc::cli
