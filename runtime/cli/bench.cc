// latentcast bench: where the time of a frame goes, beside the encoders that a user would take instead.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <iostream>

#include "cli/bench_report.h"
#include "cli/between.h"
#include "cli/clocks.h"
#include "cli/commands.h"
#include "cli/frame_file.h"
#include "cli/json_text.h"
#include "cli/target.h"
#include "engine/load_clip.h"

namespace lc::cli {
namespace {

namespace fs = std::filesystem;

struct BenchArguments {
  std::vector<std::string> bundles{"lc5"}, sizes{"640x480", "1280x720", "1920x1080"};
  std::vector<int> threads{1, 2};
  std::string source = "testscene://";
  int quality = 40, pictures = 24;
  double seconds = 10;
  bool as_json = false, without_rivals = false, with_kernels = false;
};

constexpr int kKeyEvery = 8;         // rounds: both kinds of frames are measured
constexpr int kWarmUp = 2;           // rounds
constexpr double kMostMemory = 4e9;  // bytes of pictures

volatile std::sig_atomic_t is_interrupted = 0;

Result<std::pair<int, int>> parse_size(const std::string& text) {
  int width = 0, height = 0;
  const char* const end = text.data() + text.size();
  const auto [cross, wrong] = std::from_chars(text.data(), end, width);
  const bool has_cross = wrong == std::errc{} && cross != end && *cross == 'x';
  if (!has_cross || std::from_chars(cross + 1, end, height).ptr != end || width < 16 || height < 16 || width > 8192 ||
      height > 8192)
    return fail(Errc::invalid_config, "--size: expected WIDTHxHEIGHT with sides of 16 to 8192, found '{}'", text);
  return std::pair(width, height);
}

// The files of a folder, or the one source, as URIs.
Result<std::vector<std::string>> uris_of(const std::string& source) {
  if (source.find("://") != std::string::npos) return std::vector{source};
  std::error_code error;
  const fs::path path = fs::absolute(source, error);
  if (!fs::exists(path, error)) return fail(Errc::not_found, "--source: {}: no such file or folder", source);
  std::vector<std::string> out;
  if (!fs::is_directory(path)) return std::vector{engine::file_uri(path)};
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.is_regular_file()) out.push_back(engine::file_uri(entry.path()));
  std::sort(out.begin(), out.end());
  if (out.empty()) return fail(Errc::not_found, "--source: {}: the folder is empty", source);
  return out;
}

Result<std::vector<Image>> load_pictures(const BenchArguments& arguments, int width, int height) {
  std::vector<Image> out;
  std::optional<Error> first;
  for (const auto& uri : LC_TRY(uris_of(arguments.source))) {
    const int wanted = arguments.pictures - static_cast<int>(out.size());
    if (wanted <= 0) break;
    const auto loaded = engine::load_clip({.uri = uri, .width = width, .height = height, .frames = wanted},
                                          [&](const engine::TappedFrame& frame) {
                                            if (const auto view = view_of(frame)) out.push_back(copy(*view));
                                          });
    if (!loaded && !first) first = loaded.error();  // a folder may hold other files, too
  }
  if (out.empty())
    return tl::unexpected<Error>(first ? *first : Error{Errc::bad_format, arguments.source + ": no picture in it"});
  return out;
}

// Each rival keeps copies of its own.
Result<> expect_memory(const BenchArguments& arguments, int width, int height) {
  const double copies = arguments.without_rivals ? 1 : 1 + static_cast<double>(rivals().size());
  const double memory = 1.5 * width * height * arguments.pictures * copies;
  if (memory <= kMostMemory) return {};
  return fail(Errc::invalid_config, "{} pictures of {}x{} would take {:.0f} GB: ask for {} --pictures or fewer",
              arguments.pictures, width, height, memory / 1e9,
              std::max(1, static_cast<int>(arguments.pictures * kMostMemory / memory)));
}

engine::TappedFrame tapped(const Image& image) {
  const ImageView view = image.view();
  return {.format = "I420", .width = view.width, .height = view.height, .planes = view.planes, .strides = view.strides};
}

// There and back through the pictures, so that a clip has no cut where it begins anew.
std::size_t picture_of(int round, std::size_t count) {
  if (count == 1) return 0;
  const std::size_t period = 2 * count - 2, at = static_cast<std::size_t>(round) % period;
  return at < count ? at : period - at;
}

void tell(const std::string& text) { std::cerr << text << (::isatty(STDERR_FILENO) ? "\r" : "\n") << std::flush; }

// All contestants take turns, round by round, so that what the machine does besides hits all of them.
Result<SizeBench> measure_size(const BenchArguments& arguments,
                               const std::vector<std::shared_ptr<const codec::Bundle>>& bundles, int width,
                               int height) {
  SizeBench out{.width = width, .height = height, .ours = {}, .rivals = {}};
  tell(fmt::format("{}x{}: loading pictures, making plans ...", width, height));
  const auto pictures = LC_TRY(load_pictures(arguments, width, height));
  out.pictures = static_cast<int>(pictures.size());
  for (const auto& bundle : bundles)
    for (const int threads : arguments.threads)
      out.ours.push_back(LC_TRY(StageBench::create(
          {.bundle = bundle, .width = width, .height = height, .threads = threads, .quality = arguments.quality})));
  if (!arguments.without_rivals)
    for (const RivalInfo& info : rivals()) out.rivals.push_back(RivalBench::create(info, width, height));
  for (RivalBench& rival : out.rivals)
    for (std::size_t i = 0; rival.encoder && i < pictures.size(); ++i) LC_TRY(rival.encoder->add(tapped(pictures[i])));

  const double end = wall_ms() + 1000 * arguments.seconds;
  for (int round = 0; !is_interrupted && (round < kWarmUp + kKeyEvery + 1 || wall_ms() < end); ++round) {
    const bool counts = round >= kWarmUp;
    const bool is_key = round % kKeyEvery == 0;
    // Key frames go through all pictures, too.
    const std::size_t at =
        is_key ? static_cast<std::size_t>(round / kKeyEvery) % pictures.size() : picture_of(round, pictures.size());
    if (round % kKeyEvery == 0)
      tell(fmt::format("{}x{}: round {}, {:.0f} s left    ", width, height, round,
                       std::max(0.0, (end - wall_ms()) / 1000)));
    for (const auto& bench : out.ours) LC_TRY(bench->run(pictures[at].view(), is_key, counts));
    // Each of them is first in turn: whoever warms a cache pays for it.
    for (std::size_t k = 0; k < out.rivals.size(); ++k) {
      RivalBench& rival = out.rivals[(k + static_cast<std::size_t>(round)) % out.rivals.size()];
      if (!rival.encoder || (rival.is_slow && !is_key)) continue;
      if (const auto ran = rival.run(static_cast<int>(at), counts); !ran) {
        rival.skipped = ran.error().text;
        rival.encoder.reset();
      }
    }
    out.rounds = round + 1 - kWarmUp;
  }
  return out;
}

Result<std::vector<std::shared_ptr<const codec::Bundle>>> load_bundles(const BenchArguments& arguments) {
  std::vector<std::shared_ptr<const codec::Bundle>> out;
  for (const auto& name : arguments.bundles) {
    auto bundle = LC_TRY(codec::Bundle::load(name));
    const auto is_same = [&](const auto& other) { return other->name() == bundle->name(); };
    if (std::any_of(out.begin(), out.end(), is_same))
      return fail(Errc::invalid_config, "{}: there is another bundle of that name; measure them one after the other",
                  name);
    if (bundle->kind() != codec::BundleKind::autoencoder)
      return fail(Errc::invalid_config, "{}: a classifier; bench measures autoencoders", name);
    if (arguments.quality >= bundle->qualities())
      return fail(Errc::invalid_config, "--quality: {} has 0 to {}, found {}", name, bundle->qualities() - 1,
                  arguments.quality);
    out.push_back(std::move(bundle));
  }
  return out;
}

int bench(const BenchArguments& arguments) {
  const auto bundles = load_bundles(arguments);
  if (!bundles) return complain(bundles.error()), kUsage;
  if (const auto uris = uris_of(arguments.source); !uris) return complain(uris.error()), kUsage;
  std::vector<std::pair<int, int>> sizes;
  for (const auto& text : arguments.sizes) {
    const auto size = parse_size(text);
    if (!size) return complain(size.error()), kUsage;
    if (const auto fits = expect_memory(arguments, size->first, size->second); !fits)
      return complain(fits.error()), kUsage;
    sizes.push_back(*size);
  }
  // The keys made for the occasion go when the measurement ends, also by Ctrl-C: what there is by then is printed.
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { is_interrupted = 1; });
  const MachineWatch machine;
  std::vector<SizeBench> measured;
  for (const auto& [width, height] : sizes) {
    if (is_interrupted) break;
    auto one = measure_size(arguments, *bundles, width, height);
    if (!one) return complain(one.error()), kFailed;
    measured.push_back(*std::move(one));
  }
  const MachineNote note = machine.finish();
  std::cout << (arguments.as_json ? json_text(bench_json(measured, note, arguments.source))
                                  : bench_text(measured, note, arguments.source));
  if (arguments.with_kernels && !arguments.as_json && !measured.empty())
    std::cout << "\n" << measured.back().ours.front()->describe();
  if (!std::cout.flush()) return complain({Errc::unavailable, "the numbers could not be written"}), kFailed;
  return is_interrupted ? kFailed : kOk;
}

}  // namespace

void add_bench(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<BenchArguments>();
  CLI::App* command = app.add_subcommand("bench", "where the time of a frame goes, beside JPEG, x264 and WebP");
  command->add_option("--bundle", arguments->bundles, "autoencoders, by name or folder")->capture_default_str();
  command->add_option("--size", arguments->sizes, "WIDTHxHEIGHT, several after each other")->capture_default_str();
  command->add_option("--threads", arguments->threads, "numbers of threads for the networks")
      ->delimiter(',')
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--source", arguments->source, "a clip, a picture, a folder of them or a URI; scaled and looped")
      ->capture_default_str();
  command->add_option("--pictures", arguments->pictures, "how many of it to loop over")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--quality", arguments->quality, "of our bundles, 0 to 63")
      ->check(CLI::Range(0, 63))
      ->capture_default_str();
  command->add_option("--seconds", arguments->seconds, "for each size, about")
      ->check(between(0, 3600))
      ->capture_default_str();
  command->add_flag("--no-rivals", arguments->without_rivals, "ours only");
  command->add_flag("--kernels", arguments->with_kernels, "also which kernel each layer of the last size runs");
  command->add_flag("--json", arguments->as_json, "one JSON object");
  command->callback([arguments, &exit_code] { exit_code = bench(*arguments); });
}

}  // namespace lc::cli
