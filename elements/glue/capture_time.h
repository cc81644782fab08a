// When a frame was captured, as a GstReferenceTimestampMeta with caps timestamp/x-unix: ns since 1970, UTC.
//
// aeencode attaches it where the source did not; it crosses the wire sealed and survives to the screen, so
// that latency = unix_time_now() - capture_time(buffer) at any point behind the camera.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <optional>

namespace lc::elements {

// Wall clock, in ns since 1970, UTC.
std::uint64_t unix_time_now();

std::optional<std::uint64_t> capture_time(GstBuffer* buffer);

// `buffer` must be writable. Replaces a capture time that is there already.
void set_capture_time(GstBuffer* buffer, std::uint64_t unix_ns);

// The wall clock at the moment when a buffer with this PTS was due at the element: now, less the running time
// that has passed since, or more where it is not due yet. Now itself before the pipeline plays, and without a clock, a PTS
// or a segment in time.
std::uint64_t estimate_capture_time(GstElement* element, const GstSegment* segment, GstClockTime pts);

}  // namespace lc::elements
