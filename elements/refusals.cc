#include "elements/refusals.h"

#include <algorithm>

namespace lc::elements {
namespace {

using seal::Verdict;

constexpr GstClockTime kReportInterval = GST_SECOND;        // of one reason
constexpr GstClockTime kWarningInterval = 30 * GST_SECOND;  // while nothing opens

constexpr std::string_view kSealedForOthers =
    "it was not sealed for this receiver, which the device did not know then; open it with the key ring of one that it "
    "knew";

Errc error_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::unknown_key:
    case Verdict::not_a_receiver:
      return Errc::no_key;
    case Verdict::malformed:
      return Errc::bad_format;
    case Verdict::other_suite:
      return Errc::unsupported;
    default:
      return Errc::refused;
  }
}

}  // namespace

void Refusals::clear() {
  silent_since_ = GST_CLOCK_TIME_NONE;
  reasons_.fill(0);
}

bool Refusals::any() const {
  return std::any_of(reasons_.begin(), reasons_.end(), [](auto n) { return n > 0; });
}

bool Refusals::is_report_due(Verdict verdict, GstClockTime now) {
  GstClockTime& last = reported_[index(verdict)];
  if (!has_passed(last, now, kReportInterval)) return false;
  last = now;
  return true;
}

std::optional<Error> Refusals::warning(GstClockTime now, GstClockTime patience, bool is_recorded) {
  if (!GST_CLOCK_TIME_IS_VALID(silent_since_)) silent_since_ = now;
  if (now - silent_since_ < patience || !has_passed(warned_, now, kWarningInterval)) return std::nullopt;
  warned_ = now;
  return blame(fmt::format("nothing could be opened for {} ms", (now - silent_since_) / GST_MSECOND), is_recorded);
}

Error Refusals::blame(const std::string& what, bool is_recorded) const {
  // Frames of a session that we may not enter are unknown for a reason that its announcements name.
  auto reasons = reasons_;
  const auto is_vague = [](std::size_t i) { return i == index(Verdict::unknown_key) || i == index(Verdict::busy); };
  bool has_clear_reason = false;
  for (std::size_t i = 0; i < reasons.size(); ++i)
    has_clear_reason = has_clear_reason || (reasons[i] > 0 && !is_vague(i));
  for (std::size_t i = 0; i < reasons.size(); ++i)
    if (has_clear_reason && is_vague(i)) reasons[i] = 0;
  const auto worst = static_cast<Verdict>(std::max_element(reasons.begin(), reasons.end()) - reasons.begin());
  const bool is_too_late = is_recorded && worst == Verdict::not_a_receiver;
  return {error_code(worst), fmt::format("{}: {}", what, is_too_late ? kSealedForOthers : seal::explain(worst))};
}

}  // namespace lc::elements
