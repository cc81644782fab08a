#include "cli/bench_report.h"

#include <algorithm>
#include <cmath>

#include "base/result.h"
#include "cli/bench_networks.h"

namespace lc::cli {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value) { return std::round(value * 10000) / 10000; }

// Sealing, sending and opening are not part of the two calls.
double loop_ms(const FrameTimes& times) {
  double sum = 0;
  for (const Part part : {Part::encode, Part::seal, Part::send, Part::open, Part::decode}) sum += times.median(part);
  return sum;
}

// Time of the entropy coder as a share of the network's.
double entropy_share(const FrameTimes& times, Part entropy, Part network) {
  return times.median(network) > 0 ? times.median(entropy) / times.median(network) : 0;
}

Json json_of(const FrameTimes& times, int threads) {
  Json out;
  for (std::size_t i = 0; i < kParts; ++i) {
    const auto part = static_cast<Part>(i);
    out[name(part)] = {{"median_ms", rounded(times.median(part))}, {"min_ms", rounded(times.min(part))}};
  }
  out["bytes"] = rounded(times.bytes.mean());
  out["frames"] = times.bytes.size();
  out["unaccounted"] = rounded(times.unaccounted());
  out["entropy_share"] = {{"encode", rounded(entropy_share(times, Part::entropy, Part::network))},
                          {"decode", rounded(entropy_share(times, Part::entropy_decode, Part::network_decode))}};
  out["clock"] = threads == 1 ? "processor" : "wall";
  return out;
}

void put_beside(Json& out, const BesideBench& bench, const std::string& size) {
  const std::string bundle = bench.settings().bundle->name(), precision(nn::to_string(bench.settings().precision));
  out["workers"][bundle][size] = {{"one", rounded(bench.one().median())},
                                  {"two", rounded(bench.two().median())},
                                  {"ratio", rounded(ratio(bench.two(), bench.one()))},
                                  {"machine_ratio", rounded(bench.loops_ratio())},
                                  {"precision", precision},
                                  {"rounds", bench.one().size()}};
  out["busy"][bundle][size] = {{"alone", rounded(bench.alone().median())},
                               {"beside", rounded(bench.beside().median())},
                               {"ratio", rounded(ratio(bench.beside(), bench.alone()))},
                               {"burnt", rounded(bench.burnt())},
                               {"threads", BesideBench::kThreads},
                               {"precision", precision},
                               {"rounds", bench.alone().size()},
                               {"stolen_share", rounded(bench.machine().stolen_share)}};
}

std::string beside_of(const BesideBench& bench) {
  const StageSettings& settings = bench.settings();
  return fmt::format(
      "\n  {}, {}, frames a second, encoded ({} rounds)\n"
      "  {:<46}{:>8.1f}{:>12} {:>6.1f}{:>8.2f}\n"
      "  {:<46}{:>8.1f}{:>12} {:>6.1f}{:>8.2f}\n"
      "  loops in registers reach {:.2f} on two threads; the other process got {:.2f} of a core; meanwhile\n"
      "  {:.1f} % of the processor time was stolen by other guests, {:.1f} % used by other processes\n",
      settings.bundle->name(), nn::to_string(settings.precision), bench.one().size(), "two workers, a thread each",
      bench.two().median(), "one alone", bench.one().median(), ratio(bench.two(), bench.one()),
      "two threads, beside a process that burns a core", bench.beside().median(), "alone", bench.alone().median(),
      ratio(bench.beside(), bench.alone()), bench.loops_ratio(), bench.burnt(), 100 * bench.machine().stolen_share,
      100 * bench.machine().busy_share);
}

std::string row_title(Part part) {
  std::string title = part == Part::network_decode ? "network"
                      : part == Part::encode       ? "encode, in all"
                      : part == Part::decode       ? "decode, in all"
                                                   : name(part);
  std::replace(title.begin(), title.end(), '_', ' ');
  return title;
}

// "-" where no frame of the kind was measured.
std::string cell(const FrameTimes& times, const char* format, double value) {
  return fmt::format("{:>18}", times.bytes.size() == 0 ? "-" : fmt::format(fmt::runtime(format), value));
}

// Processor times are compared with processor times: the first bundle in its fastest precision.
const StageBench* on_one_thread(const SizeBench& size) {
  const StageBench* out = nullptr;
  for (const auto& bench : size.ours) {
    const bool is_eligible =
        bench->settings().threads == 1 && bench->settings().bundle == size.ours.front()->settings().bundle;
    if (is_eligible && (!out || bench->key_frames().median(Part::encode) < out->key_frames().median(Part::encode)))
      out = bench.get();
  }
  return out;
}

// A table of one bundle in one precision: a column for each number of threads and kind of frame.
std::string table_of(const std::vector<const StageBench*>& benches) {
  std::string out = fmt::format("  {:<16}", "ms a frame");
  for (const StageBench* bench : benches)
    for (const char* kind : {"key", "other"})
      out += fmt::format("{:>18}", fmt::format("{} thread{}, {}", bench->settings().threads,
                                               bench->settings().threads == 1 ? "" : "s", kind));
  out += "\n";
  for (std::size_t i = 0; i < kParts; ++i) {
    const auto part = static_cast<Part>(i);
    out += fmt::format("  {:<16}", row_title(part));
    for (const StageBench* bench : benches)
      for (const FrameTimes* times : {&bench->key_frames(), &bench->other_frames()})
        out += cell(*times, "{:.2f}", times->median(part));
    out += "\n";
  }
  out += fmt::format("  {:<16}", "bytes");
  for (const StageBench* bench : benches)
    for (const FrameTimes* times : {&bench->key_frames(), &bench->other_frames()})
      out += cell(*times, "{:.0f}", times->bytes.mean());
  out += fmt::format("\n  {:<16}", "unaccounted");
  for (const StageBench* bench : benches)
    for (const FrameTimes* times : {&bench->key_frames(), &bench->other_frames()})
      out += cell(*times, "{:.1f} %", 100 * times->unaccounted());
  out += "\n";
  for (const StageBench* bench : benches)
    if (bench->settings().threads == 1)
      out += fmt::format(
          "  entropy coding takes {:.0f} % of the network's time to encode a key frame, {:.0f} % to decode it\n",
          100 * entropy_share(bench->key_frames(), Part::entropy, Part::network),
          100 * entropy_share(bench->key_frames(), Part::entropy_decode, Part::network_decode));
  for (const StageBench* bench : benches)
    if (bench->settings().threads == 1 && bench->other_frames().bytes.size() > 0)
      out +=
          fmt::format("  the whole loop, both ends: {:.1f} ms a frame; at most {:.1f} frames a second on two cores\n",
                      loop_ms(bench->other_frames()), 2000 / loop_ms(bench->other_frames()));
  return out;
}

// How many times as long encoding takes.
std::string times_of(const FrameTimes* ours, const RivalBench& rival) {
  if (!ours || ours->bytes.size() == 0 || rival.ms.median() <= 0) return "-";
  return fmt::format("{:.2f} x", ours->median(Part::encode) / rival.ms.median());
}

std::string rivals_of(const SizeBench& size) {
  if (size.rivals.empty()) return "";
  const StageBench* ours = on_one_thread(size);
  const std::string heading =
      ours ? fmt::format("{} {}", ours->settings().bundle->name(), nn::to_string(ours->settings().precision)) : "";
  std::string out = fmt::format("\n  {:<28}{:>12}{:>12}{:>20}{:>12}\n", "rivals, to encode", "ms", "bytes", heading + ", key", "other");
  for (const RivalBench& rival : size.rivals) {
    if (!rival.skipped.empty())
      out += fmt::format("  {:<28}  skipped: {}\n", rival.info.name, rival.skipped);
    else
      out += fmt::format("  {:<28}{:>12.2f}{:>12.0f}{:>20}{:>12}\n", rival.info.name, rival.ms.median(), rival.bytes.mean(),
                         times_of(ours ? &ours->key_frames() : nullptr, rival), times_of(ours ? &ours->other_frames() : nullptr, rival));
  }
  return out;
}

}  // namespace

Json bench_json(const std::vector<SizeBench>& sizes, const MachineNote& machine, const std::string& source) {
  Json out{{"source", source},
           {"machine",
            {{"cpu", machine.cpu},
             {"cores", machine.cores},
             {"load_before", rounded(machine.load)},
             {"stolen_share", rounded(machine.stolen_share)},
             {"busy_share", rounded(machine.busy_share)}}},
           {"stages", Json::object()},
           {"rivals", Json::object()},
           {"loop", Json::object()},
           {"workers", Json::object()},
           {"busy", Json::object()}};
  for (const SizeBench& size : sizes) {
    const std::string at = size_name(size.size);
    for (const auto& [bundle, reasons] : size.left_out)
      for (const auto& [precision, reason] : reasons)
        out["stages"][bundle][std::string(nn::to_string(precision))] = {{"unavailable", reason}};
    for (const auto& bench : size.ours) {
      const int threads = bench->settings().threads;
      Json& place = out["stages"][bench->settings().bundle->name()][std::string(nn::to_string(bench->settings().precision))][at]
                       [std::to_string(threads)];
      place["key"] = json_of(bench->key_frames(), threads);
      if (bench->other_frames().bytes.size() == 0) continue;
      place["other"] = json_of(bench->other_frames(), threads);
      if (threads != 1) continue;
      const double ms = loop_ms(bench->other_frames());
      Json& loop = out["loop"][bench->settings().bundle->name()][at];
      if (!loop.is_null() && loop["cpu_ms"] <= ms) continue;
      loop = {{"cpu_ms", rounded(ms)},
              {"fps_two_cores", rounded(2000 / ms)},
              {"precision", std::string(nn::to_string(bench->settings().precision))}};
    }
    for (const BesideBench& bench : size.beside) put_beside(out, bench, at);
    for (const RivalBench& rival : size.rivals) {
      Json& place = out["rivals"][rival.info.name][at];
      if (!rival.skipped.empty())
        place = {{"skipped", rival.skipped}};
      else
        place = {{"cpu_ms", rounded(rival.ms.median())},
                 {"min_ms", rounded(rival.ms.min())},
                 {"bytes", rounded(rival.bytes.mean())}};
    }
  }
  return out;
}

std::string sizes_text(const std::vector<SizeBench>& sizes, const std::string& source) {
  std::string out;
  for (const SizeBench& size : sizes) {
    out += fmt::format("{}, {} pictures of {}, {} rounds\n", size_name(size.size), size.pictures, source, size.rounds);
    for (const auto& bench : size.ours) {
      const auto& settings = bench->settings();
      if (settings.threads != size.ours.front()->settings().threads) continue;  // stands beside that one
      std::vector<const StageBench*> same;
      for (const auto& other : size.ours)
        if (other->settings().bundle == settings.bundle && other->settings().precision == settings.precision)
          same.push_back(other.get());
      out +=
          fmt::format("\n  {}, {}, quality {}\n", settings.bundle->name(), nn::to_string(settings.precision), settings.quality) +
          table_of(same);
    }
    for (const auto& [bundle, reasons] : size.left_out)
      for (const auto& [precision, reason] : reasons)
        out += fmt::format("\n  {}, {}: not available: {}\n", bundle, nn::to_string(precision), reason);
    for (const BesideBench& bench : size.beside) out += beside_of(bench);
    out += rivals_of(size) + "\n";
  }
  return out;
}

std::string machine_text(const MachineNote& machine) {
  return fmt::format(
      "Medians. One thread and rivals: processor time; more threads: time on the wall; send: processor time of both "
      "ends.\n"
      "{} cores of {}; load {:.2f} before; meanwhile {:.1f} % of the processor time was stolen by other guests, {:.1f} "
      "% used by\n"
      "other processes.\n",
      machine.cores, machine.cpu, machine.load, 100 * machine.stolen_share, 100 * machine.busy_share);
}

}  // namespace lc::cli
