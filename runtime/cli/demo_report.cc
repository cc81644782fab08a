#include "cli/demo_report.h"

#include "base/result.h"

namespace lc::cli {
namespace {

using nlohmann::json;

json pick(const json& status, const char* key) {
  if (!status.is_object()) return nullptr;
  const auto found = status.find(key);
  return found == status.end() ? json(nullptr) : *found;
}

// The value, or "-" where nothing was measured. Prefers the value since the last line.
std::string shown(const json& status, const std::string& key, int decimals, bool now = false) {
  json value = now ? pick(status, (key + "_now").c_str()) : json(nullptr);
  if (value.is_null()) value = pick(status, key.c_str());
  if (value.is_number_float()) return fmt::format("{:.{}f}", value.get<double>(), decimals);
  if (value.is_number()) return fmt::format("{}", value.get<std::int64_t>());
  return "-";
}

std::string label_of(const json& receiver, const char* key) {
  const json label = pick(receiver, key);
  if (!label.is_string()) return "-";
  return label.get<std::string>().empty() ? "no confident label" : label.get<std::string>();
}

std::int64_t count(const json& status, const char* key) {
  const json value = pick(status, key);
  return value.is_number() ? value.get<std::int64_t>() : 0;
}

}  // namespace

std::string status_line(const BothEnds& ends, double seconds) {
  const auto& device = ends.device;
  const auto& receiver = ends.receiver;
  return fmt::format(
      "{:5.0f} s  sent {}  received {}  opened {}  decoded {}  {} fps  {} kbit/s  {} bpp  PSNR {} dB  "
      "latency p50 {} p99 {} ms  {}",
      seconds, shown(device, "frames_sent", 0), shown(receiver, "frames_received", 0),
      shown(receiver, "frames_opened", 0), shown(receiver, "frames_decoded", 0), shown(receiver, "fps", 1, true),
      shown(receiver, "kbit_per_s", 0, true), shown(receiver, "bpp", 4, true), shown(receiver, "psnr_db", 2),
      shown(receiver, "latency_ms_p50", 0, true), shown(receiver, "latency_ms_p99", 0, true),
      label_of(receiver, "label"));
}

std::string monitor_url(const BothEnds& ends) {
  const json url = pick(ends.receiver, "monitor");
  return url.is_string() ? url.get<std::string>() : "";
}

json summary_json(const BothEnds& ends) {
  json out;
  out["frames_sent"] = pick(ends.device, "frames_sent");
  for (const char* key : {"frames_received", "frames_opened", "frames_decoded", "frames_lost", "frames_refused", "fps",
                          "bpp", "kbit_per_s", "psnr_db", "latency_ms_p50", "latency_ms_p99", "top_label"})
    out[key] = pick(ends.receiver, key);
  return out;
}

std::string summary_table(const BothEnds& ends, const std::vector<std::pair<std::string, std::string>>& files) {
  const auto& device = ends.device;
  const auto& receiver = ends.receiver;
  std::string out = "\n";
  const auto row = [&](std::string_view name, const std::string& value) { out += fmt::format("  {:<22} {}\n", name, value); };
  row("picture", fmt::format("{} x {} {}", shown(device, "width", 0), shown(device, "height", 0),
                             pick(device, "pixel_format").is_string() ? pick(device, "pixel_format").get<std::string>() : ""));
  row("frames sent", shown(device, "frames_sent", 0));
  row("received", shown(receiver, "frames_received", 0));
  row("opened", shown(receiver, "frames_opened", 0));
  row("decoded", shown(receiver, "frames_decoded", 0));
  row("lost, refused", shown(receiver, "frames_lost", 0) + ", " + shown(receiver, "frames_refused", 0));
  row("frames a second", shown(receiver, "fps", 2));
  row("kbit/s, sealed", shown(receiver, "kbit_per_s", 1));
  row("bits a pixel", shown(receiver, "bpp", 4));
  row("PSNR", fmt::format("{} dB, mean of {} frames against their source", shown(receiver, "psnr_db", 2),
                          shown(receiver, "psnr_samples", 0)));
  row("latency", fmt::format("p50 {} ms, p99 {} ms, capture to picture", shown(receiver, "latency_ms_p50", 1),
                             shown(receiver, "latency_ms_p99", 1)));
  row("most frequent label", label_of(receiver, "top_label"));
  for (const auto& [path, what] : files) row(path, what);
  return out;
}

std::string verdict(const BothEnds& ends) {
  for (const auto& [name, status] : {std::pair{"device", ends.device}, {"receiver", ends.receiver}}) {
    if (pick(status, "type") != "final") return fmt::format("the {} ended without its final numbers", name);
    if (const json error = pick(status, "error"); error.is_string() && !error.get<std::string>().empty())
      return fmt::format("the {} failed: {}", name, error.get<std::string>());
  }
  for (const auto& [name, status] : {std::pair{"device", ends.device_exit}, {"receiver", ends.receiver_exit}})
    if (status != 0) return fmt::format("the {} ended with exit status {}", name, status);
  const auto frames = [](std::int64_t n) { return n == 1 ? std::string("1 frame was") : fmt::format("{} frames were", n); };
  if (const auto lost = count(ends.receiver, "frames_lost")) return frames(lost) + " lost on the way";
  if (const auto refused = count(ends.receiver, "frames_refused"))
    return fmt::format("{} refused: {}", frames(refused), pick(ends.receiver, "refused").dump());
  if (count(ends.receiver, "frames_decoded") == 0) return "no frame arrived";
  return "";
}

}  // namespace lc::cli
