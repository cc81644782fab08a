#include "cli/bench_networks_report.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace lc::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr PictureSize kHeadline{1280, 720};
constexpr double kSurprising = 1e-3;  // f32 that differs by more is not the same network

double rounded(double value) { return std::round(value * 10000) / 10000; }

// "1280x720", or the network's own where no picture size changes it.
std::string size_of(const NetworkBench& bench) {
  const nn::Dims& dims = bench.dims().front();
  if (!bench.settings().source->is_fixed()) return size_name(bench.settings().size);
  return dims.size() == 4 ? fmt::format("{}x{}", dims[3], dims[2]) : "fixed";
}

void put(Json& out, const char* key, double value) {
  if (value > 0) out[key] = rounded(value);
}

Json json_of(const NetworkBench& bench, const OurTimes& ours, bool with_layers) {
  Json out;
  out["size"] = size_of(bench);
  out["threads"] = bench.settings().threads;
  if (!ours.unavailable.empty())
    out["unavailable"] = ours.unavailable;
  else
    out["ms"] = rounded(ours.ms.median());
  put(out, "min_ms", ours.ms.min());
  put(out, "share_of_peak", bench.share_of_peak(ours));
  if (!bench.ort().unavailable.empty() && bench.settings().runtime) out["ort_unavailable"] = bench.ort().unavailable;
  put(out, "ratio_ort", NetworkBench::ratio(bench.ort(), ours));
  put(out, "ort_ms", bench.ort().ms.median());
  put(out, "ort_share_of_peak", bench.share_of_peak(bench.ort(), nn::Precision::f32));
  if (ours.precision == nn::Precision::int8 && bench.settings().int8) {
    if (!bench.ort_int8().unavailable.empty()) out["ort_int8_unavailable"] = bench.ort_int8().unavailable;
    put(out, "ratio_ort_int8", NetworkBench::ratio(bench.ort_int8(), ours));
    put(out, "ort_int8_ms", bench.ort_int8().ms.median());
    put(out, "ort_int8_share_of_peak", bench.share_of_peak(bench.ort_int8(), nn::Precision::int8));
  }
  if (ours.difference) out["difference"] = *ours.difference;
  out["rounds"] = std::max(ours.ms.size(), bench.ort().ms.size());
  out["clock"] = bench.settings().threads == 1 ? "processor" : "wall";
  if (with_layers)
    for (std::size_t at = 0, end; (end = ours.layers.find('\n', at)) != std::string::npos; at = end + 1)
      out["layers"].push_back(ours.layers.substr(at, end - at));
  return out;
}

std::string number(const char* format, double value) {
  return value > 0 ? fmt::format(fmt::runtime(format), value) : "-";
}

std::string heading_of(const NetworkBench& bench, std::size_t width, bool has_int8) {
  std::string out =
      fmt::format("networks, {}, {} thread{}\n  {:<{}}{:>9}{:>9}", size_of(bench), bench.settings().threads,
                  bench.settings().threads == 1 ? "" : "s", "", width + 6, "ms", "of peak");
  if (bench.settings().runtime) out += fmt::format("{:>12}{:>9}{:>8}", "ORT f32 ms", "of peak", "ratio");
  if (has_int8) out += fmt::format("{:>14}{:>8}", "ORT int8 ms", "ratio");
  return out + "\n";
}

std::string row_of(const NetworkBench& bench, const OurTimes& ours, std::size_t width) {
  std::string out = fmt::format("  {:<{}}{:<6}", bench.name(), width, nn::to_string(ours.precision));
  if (!ours.unavailable.empty()) return out + "  not available: " + ours.unavailable + "\n";
  out += fmt::format("{:>9.3f}{:>9}", ours.ms.median(), number("{:.2f}", bench.share_of_peak(ours)));
  if (bench.settings().runtime)
    out += fmt::format("{:>12}{:>9}{:>8}", number("{:.3f}", bench.ort().ms.median()),
                       number("{:.2f}", bench.share_of_peak(bench.ort(), nn::Precision::f32)),
                       number("{:.2f}", NetworkBench::ratio(bench.ort(), ours)));
  if (ours.precision == nn::Precision::int8 && bench.settings().int8)
    out += fmt::format("{:>14}{:>8}", number("{:.3f}", bench.ort_int8().ms.median()),
                       number("{:.2f}", NetworkBench::ratio(bench.ort_int8(), ours)));
  if (ours.precision == nn::Precision::f32 && ours.difference.value_or(0) > kSurprising)
    out += fmt::format("  the outputs differ by {:.2g} of their greatest: not the same work", *ours.difference);
  return out + "\n";
}

std::string refusals_of(const NetworkBench& bench) {
  std::string out;
  if (!bench.settings().runtime) return out;
  if (!bench.ort().unavailable.empty()) out += fmt::format("  {}: {}\n", bench.name(), bench.ort().unavailable);
  if (bench.settings().int8 && !bench.ort_int8().unavailable.empty())
    out += fmt::format("  {}, int8: {}\n", bench.name(), bench.ort_int8().unavailable);
  return out;
}

double median_peak(const std::vector<NetworkBench>& benches, nn::Precision precision) {
  Spread medians;
  for (const NetworkBench& bench : benches)
    if (const double one = bench.peak(precision).giga_a_second(); one > 0) medians.add(one);
  return medians.median();
}

bool is_alike(const NetworkBench& a, const NetworkBench& b) {
  return size_of(a) == size_of(b) && a.settings().threads == b.settings().threads;
}

}  // namespace

Json networks_json(const std::vector<NetworkBench>& benches, bool with_layers) {
  Json out = Json::object();
  std::map<std::string, int> best;  // of what stands on the top level
  for (const NetworkBench& bench : benches) {
    const int rank = (bench.settings().threads == 1 ? 2 : 0) + (bench.settings().size == kHeadline ? 1 : 0);
    const auto before = best.find(bench.name());
    const bool is_better = before == best.end() || rank > before->second;
    if (is_better) best[bench.name()] = rank;
    for (const OurTimes& ours : bench.ours()) {
      Json& place = out[bench.name()][std::string(nn::to_string(ours.precision))];
      const Json one = json_of(bench, ours, with_layers);
      Json at = place.is_null() ? Json::object() : place["at"];
      at[size_of(bench)][std::to_string(bench.settings().threads)] = one;
      if (is_better) place = one;
      place["at"] = std::move(at);
    }
  }
  return out;
}

Json peaks_json(const std::vector<NetworkBench>& benches) {
  Json out = Json::object();
  if (benches.empty()) return out;
  for (const nn::Precision precision : kPrecisions) {
    Json& place = out[std::string(nn::to_string(precision))];
    put(place, "gops", median_peak(benches, precision));
    place["instruction"] = benches.front().peak(precision).instruction();
  }
  return out;
}

std::string networks_text(const std::vector<NetworkBench>& benches, const OnnxRuntime* runtime) {
  if (benches.empty()) return "";
  std::string out;
  std::size_t width = 0;
  bool has_int8 = false;
  for (const NetworkBench& bench : benches) {
    width = std::max(width, bench.name().size() + 2);
    has_int8 = has_int8 || bench.settings().int8;
  }
  const NetworkBench* before = nullptr;
  for (const NetworkBench& bench : benches) {
    if (!before || !is_alike(*before, bench)) out += heading_of(bench, width, has_int8);
    for (const OurTimes& ours : bench.ours()) out += row_of(bench, ours, width);
    out += refusals_of(bench);
    before = &bench;
  }
  out += "Registers alone, one thread:\n";
  for (const nn::Precision precision : kPrecisions) {
    const double peak = median_peak(benches, precision);
    out += peak > 0 ? fmt::format("  {:<6}{:>9.1f} G{}OP/s, {}\n", nn::to_string(precision), peak,
                                  precision == nn::Precision::int8 ? "" : "FL",
                                  benches.front().peak(precision).instruction())
                    : fmt::format("  {:<6}     none\n", nn::to_string(precision));
  }
  if (runtime)
    out += fmt::format(
        "ratio: time of ONNX Runtime {} (ORT) over ours: same file, threads and inputs, in turn. All optimisations, "
        "its\n"
        "own defaults otherwise: more threads than one spin while it runs; after that they sleep.\n",
        runtime->version());
  else
    out += fmt::format("The comparison with ONNX Runtime was left out. To get it:\n  {}\n", kHowToGetOrt);
  return out;
}

std::string layers_text(const std::vector<NetworkBench>& benches) {
  std::string out;
  std::vector<std::string> told;
  for (const NetworkBench& bench : benches) {
    if (std::find(told.begin(), told.end(), bench.name()) != told.end()) continue;
    told.push_back(bench.name());
    for (const OurTimes& ours : bench.ours())
      if (!ours.layers.empty())
        out += fmt::format("\n{}, {}, {}, {} thread{}\n{}", bench.name(), nn::to_string(ours.precision), size_of(bench),
                           bench.settings().threads, bench.settings().threads == 1 ? "" : "s", ours.layers);
  }
  return out;
}

}  // namespace lc::cli
