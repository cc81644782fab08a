// The report of `latentcast study --all` on the published systems: Markdown, JSON, a page with pictures.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/paper_measure.h"

namespace lc::cli {

std::string to_markdown(const std::vector<PaperResult>& results);
// systems.html and its pictures: the first picture of each system as it was, as it was sent, as it came back and with the
// region of interest, the ROC of its classifier.
//   errors  unavailable: the folder cannot be made or written
Result<> save_page(const std::vector<PaperResult>& results, const std::filesystem::path& folder);
nlohmann::ordered_json to_json(const std::vector<PaperResult>& results);  // NAME...

}  // namespace lc::cli
