#include "elements/glue/capture_time.h"

#include <chrono>

#include "elements/glue/raii.h"

namespace lc::elements {
namespace {

GstCaps* unix_reference() {
  static GstStaticCaps caps = GST_STATIC_CAPS("timestamp/x-unix");
  return gst_static_caps_get(&caps);  // one more reference
}

// Of the pipeline, which has its base time before its elements do: sinks play first, and frames flow then, while an element
// further up still waits for its turn. Before that, running time would be the machine's age.
GstClockTime running_time_now(GstElement* element) {
  Ptr<GstElement> top = add_ref(element);
  while (GstObject* parent = gst_object_get_parent(GST_OBJECT_CAST(top.get()))) top.reset(GST_ELEMENT_CAST(parent));
  const bool plays = GST_STATE(top.get()) == GST_STATE_PLAYING || GST_STATE_NEXT(top.get()) == GST_STATE_PLAYING;
  return plays ? gst_element_get_current_running_time(top.get()) : GST_CLOCK_TIME_NONE;
}

}  // namespace

std::uint64_t unix_time_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

std::optional<std::uint64_t> capture_time(GstBuffer* buffer) {
  const Ptr<GstCaps> reference{unix_reference()};
  const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer, reference.get());
  if (!meta) return std::nullopt;
  return meta->timestamp;
}

void set_capture_time(GstBuffer* buffer, std::uint64_t unix_ns) {
  const Ptr<GstCaps> reference{unix_reference()};
  if (auto* meta = gst_buffer_get_reference_timestamp_meta(buffer, reference.get()))
    gst_buffer_remove_meta(buffer, &meta->parent);
  gst_buffer_add_reference_timestamp_meta(buffer, reference.get(), unix_ns, GST_CLOCK_TIME_NONE);
}

std::uint64_t estimate_capture_time(GstElement* element, const GstSegment* segment, GstClockTime pts) {
  const std::uint64_t now = unix_time_now();
  if (!GST_CLOCK_TIME_IS_VALID(pts) || segment->format != GST_FORMAT_TIME) return now;
  const GstClockTime running_now = running_time_now(element);
  const GstClockTime running_then = gst_segment_to_running_time(segment, GST_FORMAT_TIME, pts);
  if (!GST_CLOCK_TIME_IS_VALID(running_now) || !GST_CLOCK_TIME_IS_VALID(running_then)) return now;
  // Of a file that is read faster than it plays, a frame is ahead of its time, and so is its capture time: else the
  // distances of the frames were lost.
  const GstClockTimeDiff age = GST_CLOCK_DIFF(running_then, running_now);
  return age <= 0 || static_cast<std::uint64_t>(age) < now ? now - static_cast<std::uint64_t>(age) : now;
}

}  // namespace lc::elements
