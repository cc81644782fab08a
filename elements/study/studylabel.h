// studylabel: writes over the picture that it comes from a study, so that no window and no file passes for a protected
// stream.
//
//   gst-launch-1.0 ... ! studydecrypt ... ! studylabel ! videoconvert ! autovideosink
//
//   sink, src  video/x-raw, I420 NV12 RGB or GRAY8
//   words      "NOT SECURE: study of xor-mask", above, on as many lines as they need; the cipher as studydecrypt tells it
//              (study_cipher_event.h), and none before. Of a word wider than the picture the end is cut off
#pragma once

#include <string>
#include <vector>

#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/glue/video.h"

namespace lc::elements {

class StudyLabel : public Element<GstBaseTransform> {
 public:
  static constexpr ElementInfo kInfo{.name = "studylabel",
                                     .type_name = "LcStudyLabel",
                                     .long_name = "Label of pictures that nothing protects",
                                     .klass = "Filter/Effect/Video",
                                     .description = "Writes over each picture that it comes from a study and is not secure"};
  static void class_init(ClassInit<StudyLabel>& c);

  explicit StudyLabel(GstBaseTransform* self);
  Ptr<GstStructure> stats() const;

 private:
  bool start();
  bool set_caps(GstCaps* in, GstCaps* out);
  bool sink_event(GstEvent* event);
  GstFlowReturn transform_ip(GstBuffer* buffer);
  void lay_out();
  void write(const MutableImageView& picture) const;

  // The streaming thread's.
  GstVideoInfo info_{};
  std::string words_;
  int scale_ = 1;  // pixels a dot
  std::vector<std::string> lines_;
  Counter frames_drawn_;
};

}  // namespace lc::elements
