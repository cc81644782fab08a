// What latentcast does with the pictures of the published systems: its codec, entropy coded, and SFrame.
#pragma once

#include "cli/paper_measure.h"

namespace lc::cli {

// Of a system whose cipher is "sealed" and whose model is a bundle of aeencode.
//   errors  those of measure_paper_system()
Result<PaperResult> measure_sealed_system(const PaperSystem& system, const std::filesystem::path& data);

}  // namespace lc::cli
