// The report of `latentcast study`, as Markdown and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/study_measure.h"

namespace lc::cli {

struct StudyReport {
  int pictures = 0, width = 0, height = 0;
  std::string format;  // "GRAY8"
  std::vector<StudiedResult> systems;
};

std::string to_markdown(const StudyReport& report);
nlohmann::ordered_json to_json(const StudyReport& report);  // systems.NAME...

}  // namespace lc::cli
