// latentcast bench: where the time of a frame goes, how near the networks are to the machine's limit and to ONNX
// Runtime, and what the encoders take that a user would use instead.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <iostream>

#include "cli/bench_aead.h"
#include "cli/bench_networks_report.h"
#include "cli/bench_pictures.h"
#include "cli/bench_report.h"
#include "cli/bench_set.h"
#include "cli/bench_throughput.h"
#include "cli/between.h"
#include "cli/clocks.h"
#include "cli/commands.h"
#include "cli/json_text.h"
#include "cli/target.h"

namespace lc::cli {
namespace {

constexpr int kKeyEvery = 8;       // rounds: both kinds of frames are measured
constexpr int kWarmUp = 2;         // rounds
constexpr int kNetworkRounds = 5;  // at least
constexpr int kBesideRounds = 3;   // likewise
constexpr int kTurns = 3;          // at least

volatile std::sig_atomic_t is_interrupted = 0;

void tell(const std::string& text) { std::cerr << text << (::isatty(STDERR_FILENO) ? "\r" : "\n") << std::flush; }

engine::TappedFrame tapped(const Image& image) {
  const ImageView view = image.view();
  return {.format = "I420", .width = view.width, .height = view.height, .planes = view.planes, .strides = view.strides};
}

Result<SizeBench> make_contestants(const BenchSet& set, PictureSize size, const std::vector<Image>& pictures) {
  SizeBench out{.size = size, .pictures = static_cast<int>(pictures.size())};
  for (const auto& bundle : set.stages ? set.bundles : decltype(set.bundles)())
    for (const nn::Precision precision : set.precisions)
      for (const int threads : set.threads) {
        auto made = StageBench::create({.bundle = bundle,
                                        .width = size.width,
                                        .height = size.height,
                                        .threads = threads,
                                        .quality = set.quality,
                                        .precision = precision});
        if (made)
          out.ours.push_back(*std::move(made));
        else if (precision == nn::Precision::f32 || made.error().code != Errc::unsupported)
          return tl::unexpected<Error>(std::move(made).error());
        else
          out.left_out[bundle->name()][precision] = made.error().text;
      }
  if (set.rivals)
    for (const RivalInfo& info : rivals()) out.rivals.push_back(RivalBench::create(info, size.width, size.height));
  for (RivalBench& rival : out.rivals)
    for (std::size_t i = 0; rival.encoder && i < pictures.size(); ++i) LC_TRY(rival.encoder->add(tapped(pictures[i])));
  return out;
}

// In the fastest of the precisions that are measured. Key frames and those between, as a stream has them.
Result<BesideBench> make_beside(const BenchSet& set, const std::shared_ptr<const codec::Bundle>& bundle, PictureSize size) {
  for (const nn::Precision precision : nn::fast_precisions()) {
    if (std::count(set.precisions.begin(), set.precisions.end(), precision) == 0) continue;
    auto made = BesideBench::create({.bundle = bundle,
                                     .width = size.width,
                                     .height = size.height,
                                     .quality = set.quality,
                                     .precision = precision});
    if (made || made.error().code != Errc::unsupported) return made;
  }
  return fail(Errc::unsupported, "{}: none of the precisions asked for is there on this processor", bundle->name());
}

Result<> measure_beside(const BenchSet& set, const std::vector<Image>& pictures, SizeBench& out) {
  const double share = set.seconds / static_cast<double>(set.bundles.size());
  for (const auto& bundle : set.bundles) {
    if (is_interrupted) return {};
    tell(fmt::format("{}: {} beside others ...    ", size_name(out.size), bundle->name()));
    auto bench = make_beside(set, bundle, out.size);
    if (!bench && bench.error().code == Errc::unsupported) continue;  // said beside the stages
    if (!bench) return tl::unexpected<Error>(std::move(bench).error());
    const double end = wall_ms() + 1000 * share;
    for (int round = 0; !is_interrupted && (round < 1 + kBesideRounds || wall_ms() < end); ++round)
      LC_TRY(bench->run(pictures, round >= 1));
    bench->finish();
    out.beside.push_back(*std::move(bench));
  }
  return {};
}

// All contestants take turns, round by round, so that what the machine does besides hits all of them.
Result<SizeBench> measure_size(const BenchSet& set, PictureSize size) {
  tell(fmt::format("{}: loading pictures, making plans ...", size_name(size)));
  const auto pictures = LC_TRY(load_pictures(set.source, size, set.pictures));
  SizeBench out = LC_TRY(make_contestants(set, size, pictures));

  const double end = wall_ms() + 1000 * set.seconds;
  for (int round = 0; !is_interrupted && (round < kWarmUp + kKeyEvery + 1 || wall_ms() < end); ++round) {
    const bool counts = round >= kWarmUp;
    const bool is_key = round % kKeyEvery == 0;
    // Key frames go through all pictures, too.
    const std::size_t at =
        is_key ? static_cast<std::size_t>(round / kKeyEvery) % pictures.size() : picture_of(round, pictures.size());
    if (round % kKeyEvery == 0)
      tell(fmt::format("{}: round {}, {:.0f} s left    ", size_name(size), round,
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
  if (set.stages) LC_TRY(measure_beside(set, pictures, out));
  return out;
}

// One network after the other, each as long; a network's contestants take turns.
Result<> measure_networks(const BenchSet& set, PictureSize size, std::vector<NetworkBench>& out) {
  std::vector<const NetworkSource*> sources;
  for (const NetworkSource& source : set.networks)
    if (!source.is_fixed() || size == set.sizes.front()) sources.push_back(&source);
  const double share = set.seconds / static_cast<double>(std::max<std::size_t>(1, sources.size() * set.threads.size()));
  for (const int threads : set.threads)
    for (const NetworkSource* source : sources) {
      if (is_interrupted) return {};
      tell(fmt::format("{}: {}, {} thread{} ...    ", size_name(size), source->name(), threads,
                       threads == 1 ? "" : "s"));
      auto bench = LC_TRY(NetworkBench::create({.source = source,
                                                .size = size,
                                                .threads = threads,
                                                .precisions = set.precisions,
                                                .runtime = set.runtime,
                                                .int8 = set.int8_of(source->name())}));
      const double end = wall_ms() + 1000 * share;
      for (int round = 0; !is_interrupted && (round < kWarmUp + kNetworkRounds || wall_ms() < end); ++round)
        LC_TRY(bench.run(round, round >= kWarmUp));
      LC_TRY(bench.finish());
      out.push_back(std::move(bench));
    }
  return {};
}

// Every number of threads above one, each as long.
Result<> measure_throughput(const BenchSet& set, PictureSize size, std::vector<ThroughputBench>& out) {
  const auto pictures = LC_TRY(load_pictures(set.source, size, set.pictures));
  const std::size_t first = out.size();
  for (const auto& bundle : set.bundles)
    for (const nn::Precision precision : set.precisions)
      for (const int threads : set.threads) {
        if (threads == 1) continue;
        auto made = ThroughputBench::create({bundle, size, threads, set.quality, precision});
        if (made)
          out.push_back(*std::move(made));
        else if (precision == nn::Precision::f32 || made.error().code != Errc::unsupported)
          return tl::unexpected<Error>(std::move(made).error());
      }
  for (std::size_t i = first; i < out.size(); ++i) {
    tell(fmt::format("{}: {} frames at once ...    ", size_name(size), out[i].settings().frames));
    const double end = wall_ms() + 1000 * set.seconds / static_cast<double>(out.size() - first);
    for (int turn = 0; !is_interrupted && (turn < 1 + kTurns || wall_ms() < end); ++turn)
      LC_TRY(out[i].run(pictures, turn >= 1));
  }
  return {};
}

int bench(const BenchArguments& arguments) {
  const auto set = BenchSet::create(arguments);
  if (!set) return complain(set.error()), kUsage;
  // The keys made for the occasion go when the measurement ends, also by Ctrl-C: what there is by then is printed.
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { is_interrupted = 1; });
  const MachineWatch machine;
  std::vector<SizeBench> measured;
  std::vector<NetworkBench> networks;
  std::vector<ThroughputBench> throughputs;
  for (const PictureSize size : set->sizes) {
    if (is_interrupted) break;
    if (set->stages || set->rivals) {
      auto one = measure_size(*set, size);
      if (!one) return complain(one.error()), kFailed;
      measured.push_back(*std::move(one));
    }
    if (arguments.with_throughput)
      if (const auto ran = measure_throughput(*set, size, throughputs); !ran) return complain(ran.error()), kFailed;
    if (const auto ran = measure_networks(*set, size, networks); !ran) return complain(ran.error()), kFailed;
  }
  const auto sealing = set->stages ? measure_aead() : std::vector<AeadBench>();
  if (!sealing) return complain(sealing.error()), kFailed;
  const MachineNote note = machine.finish();
  if (arguments.as_json) {
    auto json = bench_json(measured, note, set->source);
    if (!sealing->empty()) json["aead"] = aead_json(*sealing);
    json["networks"] = networks_json(networks, arguments.with_layers);
    json["peaks"] = peaks_json(networks);
    if (arguments.with_throughput) json["throughput"] = throughput_json(throughputs);
    if (set->runtime) json["ort"] = {{"version", set->runtime->version()}, {"file", set->runtime->file().string()}};
    std::cout << json_text(json);
  } else {
    std::cout << sizes_text(measured, set->source) << aead_text(*sealing) << throughput_text(throughputs)
              << networks_text(networks, set->runtime.get()) << machine_text(note);
    if (arguments.with_layers) std::cout << layers_text(networks);
  }
  if (!std::cout.flush()) return complain({Errc::unavailable, "the numbers could not be written"}), kFailed;
  return is_interrupted ? kFailed : kOk;
}

constexpr char kJsonKeys[] =
    "JSON: networks.NAME.PRECISION.{ms, ratio_ort, share_of_peak, min_ms, ort_ms, ort_share_of_peak, size, threads,\n"
    "  rounds, clock, difference, layers; for int8 ort_int8_ms, ratio_ort_int8; or unavailable} with names like "
    "lc5/encoder,\n"
    "  at 1280x720 and one thread where these are measured, and all in .at.SIZE.THREADS; ratio_ort is the time of "
    "ONNX\n"
    "  Runtime's f32 over ours, and absent without --ort; peaks.PRECISION.{gops, instruction};\n"
    "  stages.BUNDLE.PRECISION.SIZE.THREADS.{key, other}.{STAGE.{median_ms, min_ms}, bytes, frames, unaccounted,\n"
    "  entropy_share, clock}; rivals.NAME.SIZE.{cpu_ms, min_ms, bytes; or skipped};\n"
    "  loop.BUNDLE.SIZE.{cpu_ms, fps_two_cores, precision}; frames a second encoded, on the wall:\n"
    "  workers.BUNDLE.SIZE.{one, two, ratio, machine_ratio, precision, rounds} of two encoders, each on its own\n"
    "  thread, and of one alone; machine_ratio: of loops in registers;\n"
    "  busy.BUNDLE.SIZE.{alone, beside, ratio, burnt, threads, precision, rounds, stolen_share} of one encoder on two\n"
    "  threads, alone and beside a process that burns a core, of which it got the share `burnt`;\n"
    "  throughput.BUNDLE.PRECISION.SIZE.THREADS.{encode, decode}.{fps_one, fps, ratio} with --throughput;\n"
    "  aead.CIPHER.{bytes, libsodium_us, openssl_us, ratio}: one message sealed and opened;\n"
    "  ort.{version, file}; machine; source.";

void add_network_options(CLI::App& command, BenchArguments& arguments) {
  command.add_option("--network", arguments.networks,
                     "more networks: FILE.onnx, or FILE.onnx@WIDTHxHEIGHT where the file leaves its sides open");
  command.add_option("--only", arguments.only, "of the networks those with one of these words in their name");
  command.add_option(
      "--ort", arguments.ort,
      fmt::format("ONNX Runtime's library libonnxruntime.so.1, or a folder that holds it somewhere below, "
                  "to be compared with; to get it: {}",
                  kHowToGetOrt));
  command.add_option("--ort-int8", arguments.ort_int8,
                     "NAME=FILE.onnx: that network quantised (QDQ), which ONNX Runtime runs beside our int8");
  command.add_option("--precision", arguments.precisions, "of ours")
      ->delimiter(',')
      ->check(CLI::IsMember({"f32", "bf16", "int8"}))
      ->capture_default_str();
  command.add_flag("--layers,--kernels", arguments.with_layers, "also the layers of each network, and their kernels");
  command.add_flag("--no-networks", arguments.without_networks, "stages and rivals only");
}

}  // namespace

void add_bench(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<BenchArguments>();
  CLI::App* command =
      app.add_subcommand("bench",
                         "where the time of a frame goes, and beside other work; networks beside ONNX Runtime; "
                         "JPEG, x264 and WebP");
  command->add_option("--bundle", arguments->bundles, "autoencoders, by name, folder or sealed file")
      ->capture_default_str();
  command->add_option("--keyring", arguments->keyring, "opens sealed bundles; default: ~/.config/latentcast/keys")
      ->type_name("FOLDER");
  arguments->passphrase.add_to(*command);
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
  command->add_option("--seconds", arguments->seconds,
                      "for each size, about; once for stages, once beside others, once for networks")
      ->check(between(0, 3600))
      ->capture_default_str();
  add_network_options(*command, *arguments);
  command->add_flag("--throughput", arguments->with_throughput,
                    "also frames a second with as many frames at once as --threads says, against one");
  command->add_flag("--no-stages", arguments->without_stages,
                    "networks and rivals only: neither stages nor frames beside others");
  command->add_flag("--no-rivals", arguments->without_rivals, "ours only");
  command->add_flag("--json", arguments->as_json, "one JSON object");
  command->footer(kJsonKeys);
  command->callback([arguments, &exit_code] { exit_code = bench(*arguments); });
}

}  // namespace lc::cli
