// What cnnclassify tells of its looks: messages on the bus, lines of JSON, and the answer for stats.
//
//   message  "latentcast-label": label (string, "" for no confident label), index (int, -1), confidence (double),
//            previous (string), model (string), timestamp, stream-time, running-time (uint64, ns), x, y, width, height
//            (int; where in the picture, all 0 for everywhere)
//   line     the same and all labels, see classify/labels_json.h
#pragma once

#include <gst/gst.h>

#include <mutex>
#include <optional>
#include <string>

#include "base/line_writer.h"
#include "classify/labels.h"
#include "elements/glue/properties.h"
#include "elements/glue/stats.h"

namespace lc::elements {

enum class LabelMessages { changes, all };

template <>
struct EnumNames<LabelMessages> {
  static constexpr char kTypeName[] = "LcLabelMessages";
  static constexpr GEnumValue kValues[] = {
      {static_cast<gint>(LabelMessages::changes), "When the answer is another one than before", "changes"},
      {static_cast<gint>(LabelMessages::all), "For every frame that was looked at", "all"},
      {}};
};

// Thread: the streaming thread's, but for add_to().
class ClassReport {
 public:
  explicit ClassReport(GstElement* element) : element_(element) {}

  // Nothing is known any more.
  //   json_fd  -1: no lines
  //   errors   invalid_config (not open for writing)
  Result<> begin(int json_fd);
  // After a look. Posts a warning when the lines have nowhere to go.
  void tell(const classify::Labels& labels, const GstSegment& segment, LabelMessages when);
  // label, confidence, json-lines, json-lines-dropped.  thread  any
  void add_to(GstStructure* stats) const;

 private:
  void post(const classify::Labels& labels, const std::string& previous, const GstSegment& segment);
  void write(const classify::Labels& labels, const std::string& previous, const GstSegment& segment);

  GstElement* element_;
  std::optional<LineWriter> lines_;
  std::string line_;
  bool has_told_ = false;
  Counter lines_written_, lines_dropped_;
  mutable std::mutex answer_mutex_;
  std::string answer_;
  double confidence_ = 0;
};

}  // namespace lc::elements
