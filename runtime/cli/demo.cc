// latentcast demo: a device process and a receiver process on this machine, and what they measured. `./run` is a thin
// coat over this.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "cli/between.h"
#include "cli/commands.h"
#include "cli/demo_classify.h"
#include "cli/demo_session.h"
#include "cli/target.h"

namespace lc::cli {
namespace {

namespace fs = std::filesystem;

struct DemoArguments {
  std::string config = "configs/demo.yaml", out = "out", source = "testscene://";
  bool headless = false, json = false, without_monitor = false, without_files = false;
  double seconds = 0, speed = 1;
  int quality = -1, framerate = 0, width = 0, height = 0;
};

std::string as_uri(const std::string& source) {
  return source.find("://") != std::string::npos ? source : "file://" + fs::absolute(source).lexically_normal().string();
}

RunArgumentList device_arguments(const DemoArguments& arguments, const fs::path& folder) {
  RunArgumentList out{"--sample-frames", (folder / "samples").string(), "--sample-every", "10",
                      "--set", "source=" + as_uri(arguments.source)};
  const auto add = [&](std::string name, std::string value) { out.insert(out.end(), {std::move(name), std::move(value)}); };
  if (arguments.speed != 1) add("--set", fmt::format("speed={}", arguments.speed));
  if (arguments.framerate > 0) add("--set", fmt::format("framerate={}", arguments.framerate));
  if (arguments.width > 0) add("--set", fmt::format("width={}", arguments.width));
  if (arguments.height > 0) add("--set", fmt::format("height={}", arguments.height));
  if (arguments.quality >= 0) add("--set", fmt::format("quality={}", arguments.quality));
  if (arguments.seconds > 0) add("--seconds", fmt::format("{}", arguments.seconds));
  return out;
}

RunArgumentList receiver_arguments(const DemoArguments& arguments, const fs::path& folder) {
  const fs::path out = arguments.out;
  RunArgumentList list{"--set", arguments.without_monitor ? "monitor=" : "monitor=127.0.0.1:0",
                       "--compare-frames", (folder / "samples").string(), "--compare-image", (out / "compare.png").string()};
  if (!arguments.without_files)
    list.insert(list.end(), {"--set", "record=" + (out / "received.mkv").string(),
                             "--set", "recording=" + (out / "recording.lcr").string()});
  return list;
}

// The receiver's keys beside the recording, for this user only: without them nobody could open it, and they open nothing
// else.
Result<> keep_keys(const fs::path& ring, const fs::path& out) {
  std::error_code error;
  fs::create_directory(out, error);
  if (!error) fs::permissions(out, fs::perms::owner_all, error);
  for (const char* file : {"receiver.key", "devices.list"})
    if (!error) fs::copy_file(ring / file, out / file, error);  // with its mode
  if (error) return fail(Errc::unavailable, "{}: {}", out.string(), error.message());
  return {};
}

int report(const DemoArguments& arguments, const DemoSession& session) {
  const std::string wrong = verdict(session.ends());
  if (arguments.json) {
    auto out = summary_json(session.ends());
    if (!wrong.empty()) out["error"] = wrong;
    std::cout << out.dump() << std::endl;
  } else {
    std::vector<std::pair<std::string, std::string>> files;
    for (const auto& [name, what] : {std::pair{"received.mkv", "what the receiver saw"},
                                     {"compare.png", "a source frame beside the received one"},
                                     {"recording.lcr", "what came over the network, still sealed"},
                                     {"keys/receiver.key", "opens the recording, and nothing else"}})
      if (const auto path = fs::path(arguments.out) / name; fs::exists(path) && fs::file_size(path) > 0)
        files.emplace_back(path.string(), what);
    std::cout << summary_table(session.ends(), files) << std::flush;
  }
  if (wrong.empty()) return kOk;
  complain({Errc::unavailable, fmt::format("{}; see {}", wrong, session.logs())});
  return kFailed;
}

Result<int> run_demo(const DemoArguments& arguments) {
  const fs::path out = arguments.out;
  auto session = LC_TRY(DemoSession::create(arguments.config, out));
  std::error_code ignored;
  for (const char* old : {"received.mkv", "compare.png", "recording.lcr", "keys/receiver.key", "keys/devices.list", "keys"})
    fs::remove(out / old, ignored);
  const bool tells = !arguments.headless && !arguments.json;
  bool told_url = false;
  LC_TRY(session.run(device_arguments(arguments, session.folder()), receiver_arguments(arguments, session.folder()),
                     [&](double seconds) {
                       if (const auto url = monitor_url(session.ends()); !url.empty() && !std::exchange(told_url, true))
                         (arguments.json ? std::cerr : std::cout) << "watch it at " << url << std::endl;
                       if (tells) std::cout << status_line(session.ends(), seconds) << std::endl;
                     }));
  LC_TRY(keep_keys(session.folder() / "receiver", out / "keys"));
  return report(arguments, session);
}

int answer(const Result<int>& outcome) {
  if (!outcome) return complain(outcome.error()), kFailed;
  return *outcome;
}

int demo(const DemoArguments& arguments) {
  if (arguments.source.find("://") == std::string::npos && !fs::exists(arguments.source)) {
    complain({Errc::not_found, fmt::format("{}: no such file. A camera is v4l2:///dev/video0, a stream rtsp://...",
                                           arguments.source)});
    return kUsage;
  }
  return answer(run_demo(arguments));
}

void add_demo_classify(CLI::App& demo, int& exit_code) {
  auto arguments = std::make_shared<DemoClassifyArguments>();
  CLI::App* command = demo.add_subcommand("classify", "pictures of known content, and the names that come back");
  command->add_option("--stamps", arguments->stamps, "folder of Debian's tuxpaint-stamps-default, or `label/*.png`")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_flag("--json", arguments->json, "one JSON object at the end, nothing else on standard output");
  command->add_option("--out", arguments->out, "folder for pictures and logs")->capture_default_str();
  command->add_option("--config", arguments->config, "configuration with the nodes device and receiver")
      ->capture_default_str();
  command->callback([arguments, &exit_code] { exit_code = answer(run_demo_classify(*arguments)); });
}

}  // namespace

void add_demo(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<DemoArguments>();
  CLI::App* command = app.add_subcommand("demo", "device and receiver on this machine, with numbers and pictures");
  command->add_option("--source", arguments->source, "file, camera or stream: a path or any URI; testscene:// is generated")
      ->capture_default_str();
  command->add_option("--speed", arguments->speed, "plays a file this many times faster")->check(between(0.1, 100));
  command->add_option("--framerate", arguments->framerate, "frames a second; 0: those of the source")->check(CLI::Range(0, 240));
  command->add_option("--width", arguments->width, "scale to this width; 0: that of the source")->check(CLI::Range(0, 8192));
  command->add_option("--height", arguments->height, "scale to this height; 0: that of the source")->check(CLI::Range(0, 8192));
  command->add_option("--seconds", arguments->seconds, "stop after this time; 0: at the end of the source")
      ->check(between(0, 1e9));
  command->add_option("--quality", arguments->quality, "0..63")->check(CLI::Range(0, 63));
  command->add_flag("--no-monitor", arguments->without_monitor, "serve no page with the live picture");
  command->add_flag("--no-files", arguments->without_files, "keep neither received.mkv nor recording.lcr");
  command->add_flag("--headless", arguments->headless, "no line a second");
  command->add_flag("--json", arguments->json, "one JSON object at the end, nothing else on standard output");
  command->add_option("--out", arguments->out, "folder for pictures and logs")->capture_default_str();
  command->add_option("--config", arguments->config, "configuration with the nodes device and receiver")
      ->capture_default_str();
  add_demo_classify(*command, exit_code);
  command->callback([arguments, command, &exit_code] {
    if (command->get_subcommands().empty()) exit_code = demo(*arguments);
  });
}

}  // namespace lc::cli
