#include "elements/recorded_time.h"

#include <algorithm>
#include <cstdlib>

namespace lc::elements {

bool RecordedTime::measure(const seal::SessionId& session, GstClockTime pts, GstClockTime position) {
  const gint64 now = GST_CLOCK_DIFF(pts, position);
  const auto known =
      std::find_if(distances_.begin(), distances_.end(), [&](const auto& d) { return d.first == session; });
  if (known != distances_.end() && std::abs(known->second - now) <= kSame) return false;
  if (known != distances_.end()) distances_.erase(known);
  if (distances_.size() == kSessions) distances_.erase(distances_.begin());
  distances_.emplace_back(session, now);
  return true;
}

GstSegment RecordedTime::segment(const seal::SessionId& session) const {
  const auto known =
      std::find_if(distances_.begin(), distances_.end(), [&](const auto& d) { return d.first == session; });
  const gint64 distance = known == distances_.end() ? 0 : known->second;
  const auto to_pts = [&](GstClockTime position) {
    return static_cast<GstClockTime>(static_cast<gint64>(position) - distance);
  };
  // No PTS lies before 0.
  GstClockTime begin = std::max(positions_.start, static_cast<GstClockTime>(std::max<gint64>(distance, 0)));
  if (GST_CLOCK_TIME_IS_VALID(positions_.stop)) begin = std::min(begin, positions_.stop);
  GstSegment out = positions_;
  out.start = out.position = to_pts(begin);
  out.time = gst_segment_to_stream_time(&positions_, GST_FORMAT_TIME, begin);
  out.base = gst_segment_to_running_time(&positions_, GST_FORMAT_TIME, begin);
  if (GST_CLOCK_TIME_IS_VALID(positions_.stop)) out.stop = to_pts(positions_.stop);
  return out;
}

}  // namespace lc::elements
