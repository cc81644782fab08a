#include "cli/study_statistics.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace lc::cli {

Result<std::vector<StudiedMetric>> over_pictures(std::span<const Image> pictures, const MeasurePicture& measure) {
  std::vector<StudiedMetric> out;
  for (const Image& picture : pictures)
    for (const study::Statistic& row : LC_TRY(measure(picture))) {
      auto found = std::find_if(out.begin(), out.end(), [&](const auto& m) { return m.metric == row.metric; });
      if (found == out.end()) found = out.insert(out.end(), StudiedMetric{row.metric, row.expected});
      found->mean += (row.value - found->mean) / ++found->pictures;
      found->judged += row.outcome != study::Outcome::told;
      found->passed += row.outcome == study::Outcome::passed;
    }
  return out;
}

Table statistics_table(const StudiedStatistics& statistics) {
  Table out{{"metric", "mean", "expected", "passed"}, {}};
  for (const auto& m : statistics.metrics)
    out.rows.push_back(
        {m.metric, number(m.mean), m.expected, m.judged > 0 ? fmt::format("{} of {}", m.passed, m.judged) : ""});
  if (const auto& k = statistics.key_sensitivity) {
    out.rows.push_back({"one bit of the key flipped: least NPCR, mean UACI in %",
                        fmt::format("{:.4f}, {:.4f}", k->least_npcr, k->mean_uaci), "99.6094, 33.4635", ""});
    out.rows.push_back({"decrypted with such a key",
                        fmt::format("{} of {} refused", k->refused, k->keys) +
                            (k->refused < k->keys ? fmt::format(", PSNR up to {:.2f} dB", k->most_psnr) : ""),
                        "refused", ""});
  }
  out.rows.push_back(
      {"key space", fmt::format("2^{:.0f}", statistics.key_space.bits), std::string(statistics.key_space.note), ""});
  return out;
}

void add_statistics(const StudiedStatistics& statistics, nlohmann::ordered_json& to) {
  auto metrics = nlohmann::ordered_json::array();
  for (const auto& m : statistics.metrics)
    metrics.push_back(
        {{"metric", m.metric}, {"mean", m.mean}, {"expected", m.expected}, {"passed", m.passed}, {"judged", m.judged}});
  to["statistics"] = std::move(metrics);
  if (const auto& k = statistics.key_sensitivity)
    to["key_sensitivity"] = {{"keys", k->keys},
                             {"refused", k->refused},
                             {"least_npcr", k->least_npcr},
                             {"mean_uaci", k->mean_uaci},
                             {"most_psnr", k->most_psnr}};
  to["key_space_bits"] = statistics.key_space.bits;
}

}  // namespace lc::cli
