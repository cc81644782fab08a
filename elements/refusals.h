// What latentdecrypt could not open since something opened last: by reason, and what is to be said of it, not too often.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "elements/glue/raii.h"
#include "seal/verdict.h"

namespace lc::elements {

// Whether `interval` has passed since; GST_CLOCK_TIME_NONE: never before.
inline bool has_passed(GstClockTime since, GstClockTime now, GstClockTime interval) {
  return !GST_CLOCK_TIME_IS_VALID(since) || now - since >= interval;
}

class Refusals {
 public:
  Refusals() { reported_.fill(GST_CLOCK_TIME_NONE); }

  void add(seal::Verdict verdict) { ++reasons_[index(verdict)]; }
  // Something opened.
  void clear();
  bool any() const;

  // Whether this reason has not been told to applications for a second; it is from now on.
  bool is_report_due(seal::Verdict verdict, GstClockTime now);
  // For the person at the screen, when nothing has opened for `patience` and nothing was said for a while.
  std::optional<Error> warning(GstClockTime now, GstClockTime patience, bool is_recorded);
  // `what` happened, and what most messages were refused for.
  Error blame(const std::string& what, bool is_recorded) const;

 private:
  static constexpr std::size_t kReasons = static_cast<std::size_t>(seal::Verdict::count_);
  static std::size_t index(seal::Verdict verdict) { return static_cast<std::size_t>(verdict); }

  std::array<std::uint64_t, kReasons> reasons_{};
  std::array<GstClockTime, kReasons> reported_;
  GstClockTime silent_since_ = GST_CLOCK_TIME_NONE, warned_ = GST_CLOCK_TIME_NONE;
};

}  // namespace lc::elements
