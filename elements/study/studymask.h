// studymask: a published cipher on the pixels of a picture, which stays one: P2's secret mask, or P4's chaos where it comes
// first. Before a published autoencoder, and with inverse=true behind it.
//
//   ... ! studymask key-file=study.key allow-insecure=true ! studyencode ! ...
//   ... ! studydecode ! studymask inverse=true key-file=study.key allow-insecure=true ! ...
//
//   sink, src   video/x-raw, GRAY8 or RGB
//   starts      only with allow-insecure=true, and with a warning on the bus each time
#pragma once

#include <optional>
#include <string>

#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/study/study_caps.h"
#include "study/pixel_cipher.h"

namespace lc::elements {

struct StudyMaskSettings {
  std::string cipher = "xor-mask";
  bool inverse = false;
  std::string key_file;
  bool allow_insecure = false;
};

class StudyMask : public Element<GstBaseTransform, StudyMaskSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "studymask",
                                     .type_name = "LcStudyMask",
                                     .long_name = "Published cipher on pixels, for study (insecure)",
                                     .klass = "Filter/Effect/Video",
                                     .description = "Makes pictures of pictures with a published cipher that can be broken"};
  static constexpr auto properties() {
    using S = StudyMaskSettings;
    return std::tuple{
        property("cipher", &S::cipher, "Cipher", "xor-mask or logistic-chaos"),
        property("inverse", &S::inverse, "Inverse", "Take away what was done to the pixels"),
        property("key-file", &S::key_file, "Key file", "File with 16 secret bytes or more, the same at both ends"),
        property("allow-insecure", &S::allow_insecure, "Allow insecure", "Start although this protects nothing")};
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

  std::optional<study::PixelCipher> cipher_;  // between start() and stop()
  bool inverse_ = false;
  GstVideoInfo info_{};
  Bytes plain_, masked_;
  Counter frames_;
};

}  // namespace lc::elements
