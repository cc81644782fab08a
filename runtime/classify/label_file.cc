#include "classify/label_file.h"

#include "base/text.h"

namespace lc::classify {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

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
    if (!is_plain_name(name)) return refuse("not text in UTF-8");
    if (labels.size() == kMaxLabels) return refuse(fmt::format("more than {} labels", kMaxLabels));
    labels.emplace_back(name);
  }
  if (labels.empty()) return fail(Errc::invalid_config, "{}: no labels", origin);
  return labels;
}

}  // namespace lc::classify
