#include "classify/labels_json.h"

#include <iterator>

#include "base/result.h"

namespace lc::classify {
namespace {

void append_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20)
      out += c;
    else
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
  }
  out += '"';
}

void append_label(std::string& out, std::string_view name, int index, float confidence) {
  out += "\"label\":";
  append_text(out, name);
  fmt::format_to(std::back_inserter(out), ",\"index\":{},\"confidence\":{:.4f}", index, confidence);
}

void append_time(std::string& out, std::string_view name, std::uint64_t ns) {
  if (ns == kNoTime)
    fmt::format_to(std::back_inserter(out), ",\"{}\":null", name);
  else
    fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, ns);
}

}  // namespace

void to_json_line(const Labels& labels, std::string_view previous, const LookTimes& times, std::size_t max_size,
                  std::string& out) {
  constexpr std::size_t kTail = 80;  // "]", a region and the ends
  const Label* answer = labels.answer();
  out = "{";
  append_label(out, answer ? answer->name : "", answer ? answer->index : -1,
               labels.best.empty() ? 0 : labels.best.front().confidence);
  out += ",\"previous\":";
  append_text(out, previous);
  out += ",\"model\":";
  append_text(out, labels.model);
  append_time(out, "timestamp", times.timestamp);
  append_time(out, "stream_time", times.stream_time);
  append_time(out, "running_time", times.running_time);
  out += ",\"labels\":[";
  for (const Label& label : labels.best) {
    const std::size_t before = out.size();
    out += out.back() == '[' ? "{" : ",{";
    append_label(out, label.name, label.index, label.confidence);
    out += '}';
    if (out.size() + kTail <= max_size) continue;
    out.resize(before);
    break;
  }
  out += ']';
  const Rectangle& r = labels.region;
  if (!r.empty()) fmt::format_to(std::back_inserter(out), ",\"region\":[{},{},{},{}]", r.x, r.y, r.width, r.height);
  out += "}\n";
}

}  // namespace lc::classify
