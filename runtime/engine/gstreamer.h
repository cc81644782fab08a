// GStreamer is ready, with our elements in its registry.
#pragma once

#include <string>

#include "base/result.h"

namespace lc::engine {

// Once for the process; further calls do nothing. No other function of this layer works before it.
Result<> start_gstreamer();

std::string gstreamer_version();

}  // namespace lc::engine
