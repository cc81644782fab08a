// The promise `pixels: none` of a pipeline file, held: nothing in the pipeline makes pictures, encoded or not.
#pragma once

#include "config/graph.h"
#include "engine/build.h"

namespace lc::engine {

// Looks at what each element gives as it is linked here, so that an element that passes on what comes is no maker of
// pictures, and an element that builds itself while it runs (decodebin, uridecodebin) may be one.
//   errors  invalid_config: the first element that gives or may give any, with its place
Result<> check_no_pixels(const config::Graph& graph, const Built& built);

}  // namespace lc::engine
