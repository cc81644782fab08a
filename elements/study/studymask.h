// studymask: P2's secret mask, XORed over the pixels of a picture, which stays one. Before a published autoencoder that
// was trained on masked pictures, and once more behind it.
//
//   ... ! studymask key-file=study.key allow-insecure=true ! studyencode ! ...
//   ... ! studydecode ! studymask key-file=study.key allow-insecure=true ! ...
//
//   sink, src   video/x-raw, GRAY8 or RGB
//   starts      only with allow-insecure=true, and with a warning on the bus each time
#pragma once

#include <optional>
#include <string>

#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/study/study_caps.h"
#include "study/xor_mask.h"

namespace lc::elements {

struct StudyMaskSettings {
  std::string key_file;
  bool allow_insecure = false;
};

class StudyMask : public Element<GstBaseTransform, StudyMaskSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "studymask",
                                     .type_name = "LcStudyMask",
                                     .long_name = "Secret mask over pixels, for study (insecure)",
                                     .klass = "Filter/Effect/Video",
                                     .description = "XORs pictures with a secret mask, the same for all"};
  static constexpr auto properties() {
    using S = StudyMaskSettings;
    return std::tuple{
        property("key-file", &S::key_file, "Key file", "File with 16 secret bytes or more, the same at both ends"),
        property("allow-insecure", &S::allow_insecure, "Allow insecure", "Start although a mask protects nothing")};
  }
  static void class_init(ClassInit<StudyMask>& c);

  explicit StudyMask(GstBaseTransform* self);
  Ptr<GstStructure> stats() const;

 private:
  bool start();
  bool stop();
  bool set_caps(GstCaps* in, GstCaps* out);
  GstFlowReturn transform_ip(GstBuffer* buffer);
  Result<> mask(GstBuffer* buffer);

  std::optional<study::XorMask> cipher_;  // between start() and stop()
  GstVideoInfo info_{};
  Bytes plain_, masked_;
  Counter frames_;
};

}  // namespace lc::elements
