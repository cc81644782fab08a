// A file with the record that a device sends along: of a patient, a place, a work piece. Sealed like the frames, so that
// only receivers read it.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace lc::seal {

// The text without the line ends after it.
//   errors  not_found, refused, unavailable: the file; invalid_config: empty, too long for a message, no plain text
Result<std::string> load_record(const std::filesystem::path& path);

}  // namespace lc::seal
