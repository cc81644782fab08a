// What counts as text that came from outside.
#pragma once

#include <string_view>

namespace lc {

// No overlong forms, no surrogates.
bool is_utf8(std::string_view text);

// UTF-8 that does nothing to a terminal: no control characters but line ends and tabs.
bool is_plain_text(std::string_view text);

// Neither line ends nor tabs: a name.
bool is_plain_name(std::string_view text);

}  // namespace lc
