// Linking of two elements, now or when a pad appears.
#pragma once

#include <gst/gst.h>

#include <string>

#include "config/graph.h"

namespace lc::engine {

// `from_pad`, `to_pad`: a pad's name, or "" for any that fits. `at` is the position for errors.
//   errors  invalid_config: no such pad; the two sides have no format in common, with both named
Result<> link_elements(GstElement* from, const std::string& from_pad, GstElement* to, const std::string& to_pad,
                       const config::Node& at);

// Whether the element makes pads while it runs: uridecodebin, demuxers. Such elements often pull their data and do not
// heed an end-of-stream event sent to their source.
bool has_late_pads(GstElement* element);

}  // namespace lc::engine
