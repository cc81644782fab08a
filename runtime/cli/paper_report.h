// The report of `latentcast study --all` on the published systems: Markdown, JSON, a page with pictures.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/paper_measure.h"

namespace lc::cli {

std::string to_markdown(const std::vector<PaperResult>& results);
// "27.2 dB, BROKEN"
std::string in_a_line(const PaperResult& result);
// Into the folder, which is made where it is not there. errors: unavailable, it cannot be made or written.
//
// Of the first picture of a system: as it was, as it was sent, as it came back and with the region of interest.
Result<> save_pictures(const PaperResult& result, const std::filesystem::path& folder);
// systems.html, with those pictures and the ROC of each classifier; systems.md and systems.json.
Result<> save_page(const std::vector<PaperResult>& results, const std::filesystem::path& folder);
nlohmann::ordered_json to_json(const std::vector<PaperResult>& results);  // NAME...

}  // namespace lc::cli
