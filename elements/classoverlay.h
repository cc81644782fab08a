// classoverlay: draws the labels of cnnclassify into the picture.
//
//   gst-launch-1.0 ... ! aedecode ! cnnclassify ! classoverlay ! videoconvert ! autovideosink
//
//   sink, src  video/x-raw, I420 NV12 RGB or GRAY8
//   meta       glue/labels_meta.h, which it reads: the answer with its confidence, the part that was looked at, and the
//              evidence as a red veil, where there is any. A classifier on latents may stand before aedecode
//   stale      labels of a look that is longer ago than stale-after are amber and tell their age; so are the last ones
//              on frames that come without. Before the first look nothing is drawn
#pragma once

#include <memory>

#include "classify/label_painter.h"
#include "elements/glue/caps.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"

namespace lc::elements {

struct ClassOverlaySettings {
  std::uint64_t stale_after = GST_SECOND;
  bool evidence = true;
};

class ClassOverlay : public Element<GstBaseTransform, ClassOverlaySettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "classoverlay",
                                     .type_name = "LcClassOverlay",
                                     .long_name = "Overlay of labels",
                                     .klass = "Filter/Effect/Video",
                                     .description = "Draws the labels of a classifier, their age and evidence"};
  static constexpr auto properties() {
    using S = ClassOverlaySettings;
    return std::tuple{
        property("stale-after", &S::stale_after, "Stale after",
                 "Nanoseconds after a look from which its labels count as old", std::uint64_t{0},
                 std::uint64_t{3600} * GST_SECOND, Mutable::playing),
        property("evidence", &S::evidence, "Evidence", "Whether to show where the label comes from", Mutable::playing)};
  }
  static void class_init(ClassInit<ClassOverlay>& c);

  explicit ClassOverlay(GstBaseTransform* self);
  Ptr<GstStructure> stats() const;

 private:
  bool start();
  bool set_caps(GstCaps* in, GstCaps* out);
  bool sink_event(GstEvent* event);
  GstFlowReturn transform_ip(GstBuffer* buffer);
  GstClockTime since_look(GstClockTime pts) const;

  // The streaming thread's.
  GstVideoInfo info_{};
  std::optional<classify::Labels> labels_;  // the last that came
  classify::LabelPainter painter_;
  Counter frames_drawn_, stale_, without_labels_;
};

}  // namespace lc::elements
