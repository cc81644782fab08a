#include "elements/class_report.h"

#include <utility>

#include "classify/labels_json.h"
#include "elements/glue/errors.h"

namespace lc::elements {
namespace {

constexpr char kLabelMessage[] = "latentcast-label";

classify::LookTimes times_of(const classify::Labels& labels, const GstSegment& segment) {
  const GstClockTime pts = labels.looked_at;
  return {pts, gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, pts),
          gst_segment_to_running_time(&segment, GST_FORMAT_TIME, pts)};
}

}  // namespace

Result<> ClassReport::begin(int json_fd) {
  lines_.reset();
  if (json_fd >= 0) {
    const auto lines = LineWriter::create(json_fd);
    if (!lines) return within("json-fd", lines.error());
    lines_ = *lines;
  }
  has_told_ = false;
  lines_written_.set(0);
  lines_dropped_.set(0);
  const std::lock_guard lock(answer_mutex_);
  answer_.clear();
  confidence_ = 0;
  return {};
}

void ClassReport::tell(const classify::Labels& labels, const GstSegment& segment, LabelMessages when) {
  const classify::Label* answer = labels.answer();
  std::string previous = answer ? answer->name : "";
  {
    const std::lock_guard lock(answer_mutex_);
    std::swap(previous, answer_);
    confidence_ = static_cast<double>(labels.best.front().confidence);
  }
  const bool is_news = !std::exchange(has_told_, true) || previous != (answer ? answer->name : "");
  if (!is_news && when != LabelMessages::all) return;
  post(labels, previous, segment);
  write(labels, previous, segment);
}

void ClassReport::post(const classify::Labels& labels, const std::string& previous, const GstSegment& segment) {
  const classify::Label* answer = labels.answer();
  const auto times = times_of(labels, segment);
  const auto& region = labels.region;
  post_message(element_, Ptr<GstStructure>{gst_structure_new(
                             kLabelMessage, "label", G_TYPE_STRING, answer ? answer->name.c_str() : "", "index",
                             G_TYPE_INT, answer ? answer->index : -1, "confidence", G_TYPE_DOUBLE,
                             static_cast<double>(labels.best.front().confidence), "previous", G_TYPE_STRING,
                             previous.c_str(), "model", G_TYPE_STRING, labels.model.c_str(), "timestamp", G_TYPE_UINT64,
                             times.timestamp, "stream-time", G_TYPE_UINT64, times.stream_time, "running-time",
                             G_TYPE_UINT64, times.running_time, "x", G_TYPE_INT, region.x, "y", G_TYPE_INT, region.y,
                             "width", G_TYPE_INT, region.width, "height", G_TYPE_INT, region.height, nullptr)});
}

void ClassReport::write(const classify::Labels& labels, const std::string& previous, const GstSegment& segment) {
  if (!lines_) return;
  classify::to_json_line(labels, previous, times_of(labels, segment), LineWriter::kMaxLine, line_);
  switch (lines_->write(line_)) {
    case LineWriter::Written::whole:
      return lines_written_.add();
    case LineWriter::Written::busy:
      return lines_dropped_.add();
    case LineWriter::Written::gone:
      lines_dropped_.add();
      lines_.reset();
      post_warning(element_,
                   Error{Errc::unavailable, "nobody reads what json-fd names any more: no more lines are written"});
  }
}

void ClassReport::add_to(GstStructure* stats) const {
  const std::lock_guard lock(answer_mutex_);
  gst_structure_set(stats, "label", G_TYPE_STRING, answer_.c_str(), "confidence", G_TYPE_DOUBLE, confidence_,
                    "json-lines", G_TYPE_UINT64, guint64{lines_written_.value()}, "json-lines-dropped", G_TYPE_UINT64,
                    guint64{lines_dropped_.value()}, nullptr);
}

}  // namespace lc::elements
