// One clear sentence for what an element posts on the bus.
#pragma once

#include <gst/gst.h>

#include "base/result.h"

namespace lc::engine {

// From an error or a warning message: "pipelines/device.yaml:9:5: uridecodebin: No such file "x"".
Error error_of(GstMessage* message);

}  // namespace lc::engine
