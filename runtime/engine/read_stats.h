// The read-only `stats` structure of an element, as plain values.
#pragma once

#include <gst/gst.h>

#include "engine/status.h"

namespace lc::engine {

bool has_stats(GstElement* element);
Stats read_stats(GstElement* element);

}  // namespace lc::engine
