#include "elements/classoverlay.h"

#include "elements/glue/errors.h"
#include "elements/glue/labels_meta.h"
#include "elements/glue/video.h"

#define GST_CAT_DEFAULT debug_category<ClassOverlay>

namespace lc::elements {

ClassOverlay::ClassOverlay(GstBaseTransform* self) : Element(self) { gst_base_transform_set_in_place(self, TRUE); }

void ClassOverlay::class_init(ClassInit<ClassOverlay>& c) {
  c.sink(kRawCaps).src(kRawCaps);
  c.base->passthrough_on_same_caps = FALSE;
  c.bind<&ClassOverlay::start>(c.base->start);
  c.bind<&ClassOverlay::set_caps>(c.base->set_caps);
  c.bind<&ClassOverlay::sink_event>(c.base->sink_event);
  c.bind<&ClassOverlay::transform_ip>(c.base->transform_ip);
}

Ptr<GstStructure> ClassOverlay::stats() const {
  return make_stats(kInfo.name, {{"frames-drawn", frames_drawn_.value()},
                                 {"stale", stale_.value()},
                                 {"without-labels", without_labels_.value()}});
}

bool ClassOverlay::start() {
  for (Counter* counter : {&frames_drawn_, &stale_, &without_labels_}) counter->set(0);
  labels_.reset();
  return true;
}

bool ClassOverlay::set_caps(GstCaps* in, GstCaps*) { return gst_video_info_from_caps(&info_, in) != FALSE; }

bool ClassOverlay::sink_event(GstEvent* event) {
  if (ends_labels(event)) labels_.reset();
  return parent<ClassOverlay>()->sink_event(self(), event);
}

// By presentation times; by frames where there are none, or where they go back (backwards play, joined files).
GstClockTime ClassOverlay::since_look(GstClockTime pts) const {
  const GstClockTime looked_at = labels_->looked_at;
  if (GST_CLOCK_TIME_IS_VALID(pts) && GST_CLOCK_TIME_IS_VALID(looked_at) && pts >= looked_at) return pts - looked_at;
  return static_cast<GstClockTime>(labels_->age) * frame_duration(info_);
}

GstFlowReturn ClassOverlay::transform_ip(GstBuffer* buffer) {
  if (auto labels = labels_of(buffer)) {
    labels_ = std::move(labels);
  } else {
    without_labels_.add();
    if (!labels_) return GST_FLOW_OK;
    ++labels_->age;
  }
  auto frame = MappedFrame::create(info_, buffer, GST_MAP_READWRITE);
  if (!frame) {
    post_error(element(), frame.error());
    return GST_FLOW_ERROR;
  }
  const auto settings = this->settings();
  const GstClockTime age = since_look(GST_BUFFER_PTS(buffer));
  const bool is_stale = age > settings.stale_after;
  painter_.paint(mutable_image_view(*frame), *labels_, is_stale ? std::optional<std::uint64_t>(age) : std::nullopt,
                 settings.evidence);
  frames_drawn_.add();
  if (is_stale) stale_.add();
  return GST_FLOW_OK;
}

}  // namespace lc::elements
