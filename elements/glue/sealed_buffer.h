// Buffers that carry one sealed message each.
#pragma once

#include <memory>
#include <utility>

#include "elements/glue/raii.h"

namespace lc::elements {

// Takes the bytes over without a copy.
inline Ptr<GstBuffer> wrap_message(Bytes message) {
  auto owned = std::make_unique<Bytes>(std::move(message));
  gpointer data = owned->data();
  const gsize size = owned->size();
  return Ptr<GstBuffer>{gst_buffer_new_wrapped_full(static_cast<GstMemoryFlags>(0), data, size, 0, size,
                                                    owned.release(),
                                                    [](gpointer bytes) { delete static_cast<Bytes*>(bytes); })};
}

// HEADER: announcements, heartbeats, the end of a session. DELTA_UNIT: frames that are no key frames. Both are hints,
// as nobody has authenticated the message yet.
inline void mark_message(GstBuffer* buffer, bool is_frame, bool is_key_frame) {
  if (!is_frame)
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_HEADER);
  else if (!is_key_frame)
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
}

}  // namespace lc::elements
