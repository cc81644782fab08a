// latentcast demo: a device process and a receiver process on this machine, with keys made for the occasion, and what
// they measured. `./run` is a thin coat over this.
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "cli/child.h"
#include "cli/commands.h"
#include "cli/demo_report.h"
#include "cli/private_folder.h"
#include "cli/target.h"
#include "seal/keyring.h"

namespace lc::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct DemoArguments {
  std::string config = "configs/demo.yaml", out = "out", source = "testscene://";
  bool headless = false, json = false;
  double seconds = 0, speed = 1;
  int quality = -1;
};

volatile std::sig_atomic_t g_interrupted = 0;

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

// A device and a receiver that know each other and nobody else.
Result<> make_keys(const fs::path& folder) {
  auto device = LC_TRY(seal::KeyRing::create(folder / "device"));
  auto receiver = LC_TRY(seal::KeyRing::create(folder / "receiver"));
  const auto device_identity = LC_TRY(device.generate(seal::Role::device, "demo-device"));
  const auto receiver_identity = LC_TRY(receiver.generate(seal::Role::receiver, "demo-receiver"));
  LC_TRY(device.pin(receiver_identity));
  LC_TRY(receiver.pin(device_identity));
  return {};
}

std::string as_uri(const std::string& source) {
  return source.find("://") != std::string::npos ? source : "file://" + fs::absolute(source).lexically_normal().string();
}

class Demo {
 public:
  explicit Demo(const DemoArguments& arguments) : arguments_(arguments) {}

  Result<int> run() {
    std::error_code error;
    fs::create_directories(arguments_.out, error);
    if (error) return fail(Errc::unavailable, "{}: {}", arguments_.out, error.message());
    for (const char* old : {"received.mkv", "compare.png"}) fs::remove(fs::path(arguments_.out) / old, error);
    const auto folder = LC_TRY(PrivateFolder::create());
    LC_TRY(make_keys(folder.path()));
    const std::string endpoint = fmt::format("tcp://127.0.0.1:{}", LC_TRY(free_port()));
    auto receiver = LC_TRY(Child::start(receiver_command(folder.path(), endpoint), log("receiver")));
    auto device = LC_TRY(Child::start(device_command(folder.path(), endpoint), log("device")));
    watch(device, receiver);
    return report(device, receiver);
  }

 private:
  fs::path log(const std::string& node) const { return fs::path(arguments_.out) / (node + ".log"); }

  std::vector<std::string> device_command(const fs::path& folder, const std::string& endpoint) const {
    std::vector<std::string> out{"run", arguments_.config, "--node", "device", "--status", "json",
                                 "--set", "endpoint=" + endpoint, "--set", "keyring=" + (folder / "device").string(),
                                 "--sample-frames", (folder / "samples").string(), "--sample-every", "10"};
    const auto set = [&](const std::string& setting) { out.insert(out.end(), {"--set", setting}); };
    set("source=" + as_uri(arguments_.source));
    if (arguments_.speed != 1) set(fmt::format("speed={}", arguments_.speed));
    if (arguments_.quality >= 0) set(fmt::format("quality={}", arguments_.quality));
    if (arguments_.seconds > 0) out.insert(out.end(), {"--seconds", fmt::format("{}", arguments_.seconds)});
    return out;
  }

  std::vector<std::string> receiver_command(const fs::path& folder, const std::string& endpoint) const {
    const fs::path out = arguments_.out;
    return {"run", arguments_.config, "--node", "receiver", "--status", "json", "--set", "endpoint=" + endpoint,
            "--set", "keyring=" + (folder / "receiver").string(), "--set", "record=" + (out / "received.mkv").string(),
            "--compare-frames", (folder / "samples").string(), "--compare-image", (out / "compare.png").string()};
  }

  void take(nlohmann::json& status, std::string_view line) {
    auto parsed = nlohmann::json::parse(line, nullptr, false);
    if (parsed.is_object()) status = std::move(parsed);
  }

  // Until both have ended; one that ended takes the other with it, after the time that its last frames need.
  void watch(Child& device, Child& receiver) {
    const auto begin = Clock::now();
    auto next_line = begin + std::chrono::seconds(1);
    std::optional<Clock::time_point> stop_rest;
    bool interrupted = false;
    while (device.output() >= 0 || receiver.output() >= 0) {
      pollfd waits[] = {{device.output(), POLLIN, 0}, {receiver.output(), POLLIN, 0}};
      ::poll(waits, 2, 100);
      if (waits[0].revents) device.read([&](std::string_view line) { take(ends_.device, line); });
      if (waits[1].revents) receiver.read([&](std::string_view line) { take(ends_.receiver, line); });
      const auto now = Clock::now();
      if (g_interrupted && !interrupted) {
        interrupted = true;
        device.terminate();
      }
      if (device.output() < 0 && !stop_rest) stop_rest = now + std::chrono::seconds(5);
      if (receiver.output() < 0 && device.output() >= 0) device.terminate();
      if (stop_rest && now >= *stop_rest) {
        receiver.terminate();
        stop_rest = now + std::chrono::seconds(60);  // its own limits end it long before
      }
      if (now >= next_line) {
        if (!arguments_.headless && !arguments_.json)
          std::cout << status_line(ends_, std::chrono::duration<double>(now - begin).count()) << std::endl;
        next_line += std::chrono::seconds(1);
      }
    }
  }

  int report(Child&, Child&) const {
    const std::string wrong = verdict(ends_);
    if (arguments_.json) {
      auto out = summary_json(ends_);
      if (!wrong.empty()) out["error"] = wrong;
      std::cout << out.dump() << std::endl;
    } else {
      std::vector<std::pair<std::string, std::string>> files;
      for (const auto& [name, what] : {std::pair{"received.mkv", "what the receiver saw"},
                                       {"compare.png", "a source frame beside the received one"}})
        if (const auto path = fs::path(arguments_.out) / name; fs::exists(path)) files.emplace_back(path.string(), what);
      std::cout << summary_table(ends_, files) << std::flush;
    }
    if (wrong.empty()) return kOk;
    std::cerr << "latentcast: " << wrong << "; see " << log("device").string() << " and " << log("receiver").string()
              << "\n";
    return kFailed;
  }

  const DemoArguments& arguments_;
  BothEnds ends_;
};

int run_demo(const DemoArguments& arguments) {
  if (arguments.source.find("://") == std::string::npos && !fs::exists(arguments.source)) {
    complain({Errc::not_found, fmt::format("{}: no such file. A camera is v4l2:///dev/video0, a stream rtsp://...",
                                           arguments.source)});
    return kUsage;
  }
  struct sigaction action {};
  action.sa_handler = [](int) { g_interrupted = 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  const auto outcome = Demo(arguments).run();
  if (!outcome) return complain(outcome.error()), kFailed;
  return *outcome;
}

}  // namespace

void add_demo(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<DemoArguments>();
  CLI::App* command = app.add_subcommand("demo", "device and receiver on this machine, with numbers and pictures");
  command->add_option("--source", arguments->source, "file, camera or stream: a path or any URI; testscene:// is generated")
      ->capture_default_str();
  command->add_option("--speed", arguments->speed, "plays a file this many times faster")->check(CLI::Range(0.1, 100.0));
  command->add_option("--seconds", arguments->seconds, "stop after this time; 0: at the end of the source")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--quality", arguments->quality, "0..63")->check(CLI::Range(0, 63));
  command->add_flag("--headless", arguments->headless, "no line a second");
  command->add_flag("--json", arguments->json, "one JSON object at the end, nothing else on standard output");
  command->add_option("--out", arguments->out, "folder for pictures and logs")->capture_default_str();
  command->add_option("--config", arguments->config, "configuration with the nodes device and receiver")
      ->capture_default_str();
  command->callback([arguments, &exit_code] { exit_code = run_demo(*arguments); });
}

}  // namespace lc::cli
