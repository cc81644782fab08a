#include "cli/demo_session.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <optional>

#include "seal/keyring.h"

namespace lc::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t g_interrupted = 0;  // how often, 2 at most

// A signal ends the run in order, so that no key is left behind; one that was ignored, as by nohup, stays so.
void catch_signals() {
  struct sigaction action {}, old {};
  action.sa_handler = [](int) { g_interrupted = g_interrupted == 0 ? 1 : 2; };
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    if (::sigaction(number, nullptr, &old) == 0 && old.sa_handler != SIG_IGN) ::sigaction(number, &action, nullptr);
}

// A TCP port that was free a moment ago.
Result<int> free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool found = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (fd >= 0) ::close(fd);
  if (!found) return fail(Errc::unavailable, "no free TCP port on 127.0.0.1: is the loopback interface up?");
  return ntohs(address.sin_port);
}

Result<> make_keys(const fs::path& folder) {
  auto device = LC_TRY(seal::KeyRing::create(folder / "device"));
  auto receiver = LC_TRY(seal::KeyRing::create(folder / "receiver"));
  const auto device_identity = LC_TRY(device.generate(seal::Role::device, "demo-device"));
  const auto receiver_identity = LC_TRY(receiver.generate(seal::Role::receiver, "demo-receiver"));
  LC_TRY(device.pin(receiver_identity));
  LC_TRY(receiver.pin(device_identity));
  return {};
}

void take(nlohmann::json& status, std::string_view line) {
  auto parsed = nlohmann::json::parse(line, nullptr, false);
  if (parsed.is_object()) status = std::move(parsed);
}

}  // namespace

Result<DemoSession> DemoSession::create(const fs::path& config, const fs::path& logs) {
  std::error_code error;
  fs::create_directories(logs, error);
  if (error) return fail(Errc::unavailable, "{}: {}", logs.string(), error.message());
  catch_signals();
  auto folder = LC_TRY(PrivateFolder::create());
  LC_TRY(make_keys(folder.path()));
  auto endpoint = fmt::format("tcp://127.0.0.1:{}", LC_TRY(free_port()));
  return DemoSession(std::move(folder), config, logs, std::move(endpoint));
}

std::string DemoSession::logs() const {
  return fmt::format("{} and {}", (logs_ / "device.log").string(), (logs_ / "receiver.log").string());
}

Result<Child> DemoSession::start(const std::string& node, const RunArgumentList& more) const {
  std::vector<std::string> arguments{"run", config_.string(), "--node", node, "--status", "json",
                                     "--set", "endpoint=" + endpoint_,
                                     "--set", "keyring=" + (folder() / node).string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return Child::start(arguments, logs_ / (node + ".log"));
}

Result<> DemoSession::run(const RunArgumentList& device, const RunArgumentList& receiver,
                          const std::function<void(double)>& every_second) {
  RunArgumentList to_the_end = receiver;
  to_the_end.insert(to_the_end.end(), {"--set", "end_with_sender=true"});
  auto receiving = LC_TRY(start("receiver", to_the_end));
  auto sending = LC_TRY(start("device", device));
  watch(sending, receiving, every_second);
  ends_.device_exit = sending.end();
  ends_.receiver_exit = receiving.end();
  return {};
}

void DemoSession::watch(Child& device, Child& receiver, const std::function<void(double)>& every_second) {
  constexpr auto kLastFrames = std::chrono::seconds(5);
  constexpr auto kPatience = std::chrono::seconds(15);  // with one that was asked to end, and may hang
  const auto begin = Clock::now();
  auto next_second = begin + std::chrono::seconds(1);
  std::optional<Clock::time_point> end_of_receiver, give_up;
  bool told_device = false;
  while (device.output() >= 0 || receiver.output() >= 0) {
    pollfd waits[] = {{device.output(), POLLIN, 0}, {receiver.output(), POLLIN, 0}};
    ::poll(waits, 2, 100);
    if (waits[0].revents) device.read([&](std::string_view line) { take(ends_.device, line); });
    if (waits[1].revents) receiver.read([&](std::string_view line) { take(ends_.receiver, line); });
    const auto now = Clock::now();
    if (!told_device && (g_interrupted || receiver.output() < 0)) {
      told_device = true;
      device.terminate();
      give_up = now + kPatience;
    }
    if (device.output() < 0 && !end_of_receiver) {
      end_of_receiver = now + kLastFrames;
      give_up.reset();
    }
    if (end_of_receiver && now >= *end_of_receiver) {
      receiver.terminate();
      end_of_receiver = Clock::time_point::max();
      give_up = now + kPatience;
    }
    if (g_interrupted > 1 || (give_up && now >= *give_up)) return;  // Child::end() ends them
    if (now >= next_second) {
      every_second(std::chrono::duration<double>(now - begin).count());
      next_second += std::chrono::seconds(1);
    }
  }
}

}  // namespace lc::cli
