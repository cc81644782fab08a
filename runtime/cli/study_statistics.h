// What statistics say of a cipher, or of a whole system, over several pictures; as a table and as JSON.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/report_table.h"
#include "study/statistics.h"

namespace lc::cli {

struct StudiedMetric {
  std::string metric, expected;  // of the first picture that has it
  double mean = 0;
  int pictures = 0;
  int passed = 0, judged = 0;  // pictures; judged 0: nobody has said which values are good enough
};

struct StudiedStatistics {
  std::vector<StudiedMetric> metrics;
  std::optional<study::KeySensitivity> key_sensitivity;
  study::KeySpace key_space;
};

//   measure  the statistics of one picture
using MeasurePicture = std::function<Result<std::vector<study::Statistic>>(const Image& picture)>;
Result<std::vector<StudiedMetric>> over_pictures(std::span<const Image> pictures, const MeasurePicture& measure);

Table statistics_table(const StudiedStatistics& statistics);
// Adds "statistics", "key_sensitivity" where it is there, and "key_space_bits".
void add_statistics(const StudiedStatistics& statistics, nlohmann::ordered_json& to);

}  // namespace lc::cli
