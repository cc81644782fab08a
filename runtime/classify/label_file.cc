#include "classify/label_file.h"

#include <algorithm>

namespace lc::classify {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// Bytes of the code point that begins with `lead`, and the smallest value that needs as many; 0: no lead
// byte.
int sequence_length(unsigned char lead, unsigned& bits, unsigned& smallest) {
  if (lead < 0x80) return bits = lead, smallest = 0, 1;
  if (lead >> 5 == 0x6) return bits = lead & 0x1f, smallest = 0x80, 2;
  if (lead >> 4 == 0xe) return bits = lead & 0x0f, smallest = 0x800, 3;
  if (lead >> 3 == 0x1e) return bits = lead & 0x07, smallest = 0x10000, 4;
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    unsigned bits = 0, smallest = 0;
    const int length = sequence_length(static_cast<unsigned char>(text[i]), bits, smallest);
    if (length == 0 || text.size() - i < static_cast<std::size_t>(length)) return false;
    for (int k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      if (next >> 6 != 0x2) return false;
      bits = (bits << 6) | (next & 0x3f);
    }
    if (bits < smallest || bits > 0x10ffff || (bits >= 0xd800 && bits < 0xe000)) return false;
    i += static_cast<std::size_t>(length);
  }
  return true;
}

Result<std::vector<std::string>> parse_labels(ByteSpan bytes, std::string_view origin) {
  std::string_view rest = as_text(bytes);
  std::vector<std::string> labels;
  for (int line = 1; !rest.empty(); ++line) {
    const auto end = rest.find('\n');
    const std::string_view name = trimmed(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    const auto refuse = [&](std::string_view why) {
      return fail(Errc::invalid_config, "{}:{}: {}", origin, line, why);
    };
    if (name.empty()) return refuse("an empty line; each line names one output of the network");
    if (name.size() > kMaxLabelBytes)
      return refuse(fmt::format("a name of more than {} bytes", kMaxLabelBytes));
    if (has_control(name) || !is_utf8(name)) return refuse("not text in UTF-8");
    if (labels.size() == kMaxLabels) return refuse(fmt::format("more than {} labels", kMaxLabels));
    labels.emplace_back(name);
  }
  if (labels.empty()) return fail(Errc::invalid_config, "{}: no labels", origin);
  return labels;
}

}  // namespace lc::classify
