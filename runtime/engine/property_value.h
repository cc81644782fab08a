// A value from YAML as the value of a GObject property: type and range come from the GParamSpec.
#pragma once

#include <glib-object.h>

#include "config/parameter.h"

namespace lc::engine {

// Initialises and fills `out`; on failure `out` is untouched.
//   errors  invalid_config: "expected an integer in 0..63, found 'x'", without position
Result<> read_property(const config::Value& value, GParamSpec* param, GValue* out);

// "an integer in 0..63", "one of: rans, raw", "caps such as video/x-raw,width=320".
std::string describe_property(GParamSpec* param);

}  // namespace lc::engine
