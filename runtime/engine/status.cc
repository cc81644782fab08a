#include "engine/status.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/result.h"

namespace lc::engine {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value) { return std::round(value * 10000) / 10000; }

void put(Json& json, const char* key, const Count& value) {
  if (value) json[key] = *value;
}
void put(Json& json, const char* key, const Number& value) {
  if (value) json[key] = rounded(*value);
}
void put(Json& json, const char* key, const std::optional<std::string>& value) {
  if (value) json[key] = *value;
}

void put_counts(Json& json, const Status& s) {
  put(json, "frames_in", s.frames_in);
  put(json, "frames_encoded", s.frames_encoded);
  put(json, "frames_sent", s.frames_sent);
  put(json, "send_dropped", s.send_dropped);
  put(json, "subscribers", s.subscribers);
  put(json, "frames_received", s.frames_received);
  put(json, "frames_opened", s.frames_opened);
  put(json, "frames_decoded", s.frames_decoded);
  put(json, "frames_classified", s.frames_classified);
  put(json, "looks_skipped", s.looks_skipped);
  put(json, "frames_lost", s.frames_lost);
  put(json, "frames_refused", s.frames_refused);
  if (s.frames_refused) json["refused"] = s.refused;
  put(json, "missing_reference", s.missing_reference);
  put(json, "receive_dropped", s.receive_dropped);
  put(json, "reconnects", s.reconnects);
}

void put_rates(Json& json, const Status& s) {
  put(json, "fps", s.fps);
  put(json, "fps_now", s.fps_now);
  put(json, "kbit_per_s", s.kbit_per_s);
  put(json, "kbit_per_s_now", s.kbit_per_s_now);
  put(json, "bpp", s.bpp);
  put(json, "bpp_now", s.bpp_now);
  put(json, "latency_ms_p50", s.latency_ms_p50);
  put(json, "latency_ms_p99", s.latency_ms_p99);
  put(json, "latency_ms_p50_now", s.latency_ms_p50_now);
  put(json, "latency_ms_p99_now", s.latency_ms_p99_now);
  put(json, "label", s.label);
  put(json, "confidence", s.confidence);
  put(json, "top_label", s.top_label);
  put(json, "psnr_db", s.psnr_db);
  put(json, "psnr_now_db", s.psnr_now_db);
  put(json, "psnr_samples", s.psnr_samples);
  put(json, "frames_sampled", s.frames_sampled);
}

}  // namespace

std::string to_json(const Status& s) {
  Json json;
  json["type"] = s.is_final ? "final" : "status";
  json["node"] = s.node;
  json["pipeline"] = s.pipeline;
  json["state"] = s.state;
  if (!s.error.empty()) json["error"] = s.error;
  json["seconds"] = rounded(s.seconds);
  if (s.width > 0) {
    json["width"] = s.width;
    json["height"] = s.height;
    json["pixel_format"] = s.pixel_format;
  }
  put_counts(json, s);
  if (s.recorded) json["recorded"] = *s.recorded;
  put_rates(json, s);
  if (!s.monitor.empty()) json["monitor"] = s.monitor;
  for (const auto& [element, stats] : s.elements)
    for (const auto& [name, value] : stats) {
      Json& field = json["elements"][element][name];
      std::visit([&field](const auto& plain) { field = plain; }, value);
    }
  // Labels and errors may hold anything: never fail for bytes that are no UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_line(const Status& s) {
  std::string out = fmt::format("{:<9} {:6.1f} s  {}", s.node, s.seconds, s.state);
  const auto count = [&](const char* word, const Count& value) {
    if (value) out += fmt::format("  {} {}", word, *value);
  };
  const auto number = [&](const char* format, const Number& value) {
    if (value) out += "  " + fmt::format(fmt::runtime(format), *value);
  };
  count("encoded", s.frames_encoded);
  count("sent", s.frames_sent);
  count("received", s.frames_received);
  count("opened", s.frames_opened);
  count("decoded", s.frames_decoded);
  if (s.frames_lost.value_or(0) > 0) count("lost", s.frames_lost);
  if (s.frames_refused.value_or(0) > 0) {
    count("refused", s.frames_refused);
    for (const auto& [reason, frames] : s.refused)
      if (frames > 0) out += fmt::format(" ({} {})", reason, frames);
  }
  if (s.looks_skipped.value_or(0) > 0) count("looks skipped", s.looks_skipped);
  if (s.recorded.value_or(false)) out += "  recorded";
  number("{:.1f} fps", s.is_final ? s.fps : s.fps_now);
  number("{:.0f} kbit/s", s.is_final ? s.kbit_per_s : s.kbit_per_s_now);
  number("{:.3f} bpp", s.is_final ? s.bpp : s.bpp_now);
  number("PSNR {:.2f} dB", s.is_final ? s.psnr_db : s.psnr_now_db);
  const Number& p50 = s.is_final ? s.latency_ms_p50 : s.latency_ms_p50_now;
  const Number& p99 = s.is_final ? s.latency_ms_p99 : s.latency_ms_p99_now;
  if (p50 && p99) out += fmt::format("  latency {:.0f}/{:.0f} ms", *p50, *p99);
  if (s.is_final && s.top_label)
    out += fmt::format("  mostly '{}'", *s.top_label);
  else if (s.label && !s.label->empty())
    out += fmt::format("  {} {:.2f}", *s.label, s.confidence.value_or(0));
  return out;
}

}  // namespace lc::engine
