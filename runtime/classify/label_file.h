// labels.txt: one name a line, UTF-8; line k (from 0) names output k.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace lc::classify {

inline constexpr std::size_t kMaxLabels = 65536;  // ImageNet-21k has 21,841
inline constexpr std::size_t kMaxLabelBytes = 256;

// Blanks around a name and a carriage return before the end of a line do not count; an empty last line is no
// label.
//   origin  file name, for errors
//   errors  invalid_config: an empty line, a control character, no UTF-8, too long, too many; with the line
Result<std::vector<std::string>> parse_labels(ByteSpan text, std::string_view origin);

}  // namespace lc::classify
