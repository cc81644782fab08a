// From a session's PTS to positions in a recording, and the segments that say so downstream.
//
// A recording's positions follow capture times, PTS the sender's clock; within a session they keep one distance. It is
// measured at the first frame that is seen and kept when the recording is left and entered elsewhere, so that a frame
// has the same stream time whatever the way to it.
//   thread  one at a time
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "elements/glue/raii.h"
#include "seal/wire_header.h"

namespace lc::elements {

class RecordedTime {
 public:
  // Upstream's segment: of positions. Nothing works before one in time was set.
  void set_positions(const GstSegment& positions) { positions_ = positions; }
  bool has_positions() const { return positions_.format == GST_FORMAT_TIME; }

  // Whether the session's distance is a new one, so that a segment is due: its first frame, or something long is
  // missing.
  bool measure(const seal::SessionId& session, GstClockTime pts, GstClockTime position);

  // The part of upstream's segment that the session can reach, in its PTS: with the same running and stream times.
  GstSegment segment(const seal::SessionId& session) const;

 private:
  static constexpr gint64 kSame = GST_SECOND;
  static constexpr std::size_t kSessions = 64;

  std::vector<std::pair<seal::SessionId, gint64>> distances_;  // position - PTS; the latest last
  GstSegment positions_{};
};

}  // namespace lc::elements
