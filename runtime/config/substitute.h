// References in scalars: ${name} is a parameter, ${env:NAME} an environment variable, ${env:NAME:-text} one with a
// default. `$$` is a dollar sign. A scalar that is one reference keeps the type of what it refers to; otherwise the
// parts are joined to text.
#pragma once

#include "config/parameter.h"

namespace lc::config {

// The scalar of `node` with its references replaced. Nothing (null) becomes empty text.
//   errors  invalid_config: unknown parameter ("did you mean"), variable not set, a list or a map, "${" without "}"
Result<Value> substituted(const Node& node, const Values& values);

// A condition: "${a}" (set: not empty, false or zero), "not ${a}", "${a} == text", "${a} != text".
Result<bool> holds(const Node& condition, const Values& values);

}  // namespace lc::config
