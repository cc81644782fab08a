// The report of `latentcast study`, as Markdown, as a page with pictures, and as JSON.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/study_measure.h"

namespace lc::cli {

struct StudyReport {
  int pictures = 0, width = 0, height = 0;
  std::string format;  // "GRAY8"
  Image original;      // the first picture
  std::vector<StudiedResult> systems;
};

std::string to_markdown(const StudyReport& report);
// index.html and the pictures in it: the first picture as it was, encrypted and retrieved by each system, with
// histograms; ciphers.md and ciphers.json.
//   errors  unavailable: the folder cannot be made or written
Result<> save_page(const StudyReport& report, const std::filesystem::path& folder);
nlohmann::ordered_json to_json(const StudyReport& report);  // systems.NAME...

}  // namespace lc::cli
