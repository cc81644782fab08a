// When a frame was captured, as our elements attach it (elements/glue/capture_time.h).
#pragma once

#include <gst/gst.h>

#include <cstdint>

namespace lc::engine {

// ns since 1970, or 0.
inline std::uint64_t capture_time(GstBuffer* buffer) {
  static GstCaps* const unix_time = gst_caps_new_empty_simple("timestamp/x-unix");
  const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer, unix_time);
  return meta ? meta->timestamp : 0;
}

}  // namespace lc::engine
