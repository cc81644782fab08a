// studyencode: pictures to the latents of a published autoencoder, as they are: neither quantised finely nor coded.
//
//   gst-launch-1.0 videotestsrc ! videoscale ! studyencode model=paper-1-3layers-2pools ! studydecode ! videoconvert !
//   autovideosink
//
//   sink   video/x-raw of the model's size (videoscale makes it), I420 NV12 RGB or GRAY8; of another: one error
//   src    video/x-latent with coding=raw; one latent in each buffer (codec/raw_shape.h)
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "codec/raw_autoencoder.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/model_settings.h"
#include "elements/study/study_caps.h"

namespace lc::elements {

struct StudyEncodeSettings {
  std::string model, keyring;
  int passphrase_fd = -1;
};

class StudyEncode : public Element<GstBaseTransform, StudyEncodeSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "studyencode",
                                     .type_name = "LcStudyEncode",
                                     .long_name = "Published autoencoder, encoder",
                                     .klass = "Codec/Encoder/Video",
                                     .description = "Pictures to the latents of a published autoencoder, for study"};
  static constexpr auto properties() {
    using S = StudyEncodeSettings;
    return std::tuple{
        property("model", &S::model, "Model",
                 "Name of a bundle whose coding is raw, or the path of its folder or sealed file"),
        property("keyring", &S::keyring, "Key ring", kModelKeyringBlurb),
        property("passphrase-fd", &S::passphrase_fd, "Passphrase descriptor", kPassphraseFdText, -1, 1 << 20)};
  }
  static void class_init(ClassInit<StudyEncode>& c);

  explicit StudyEncode(GstBaseTransform* self) : Element(self) {}
  Ptr<GstStructure> stats() const;

 private:
  GstStateChangeReturn change_state(GstStateChange change);
  bool start();
  bool stop();
  GstCaps* transform_caps(GstPadDirection direction, GstCaps* caps, GstCaps* filter);
  bool transform_size(GstPadDirection direction, GstCaps* caps, gsize size, GstCaps* other, gsize* other_size);
  gboolean accept_caps(GstPadDirection direction, GstCaps* caps);
  bool query(GstPadDirection direction, GstQuery* query);
  bool set_caps(GstCaps* in, GstCaps* out);
  void refuse_size(const GstCaps* caps);
  GstFlowReturn transform(GstBuffer* in, GstBuffer* out);
  Result<> encode(GstBuffer* in, GstBuffer* out);

  // Between start() and stop(), as the encoder. Caps are asked for by any thread.
  std::atomic<std::shared_ptr<const codec::Bundle>> bundle_;
  std::optional<codec::RawEncoder> encoder_;
  PassphraseFd passphrase_;
  GstVideoInfo info_{};
  std::atomic<bool> has_refused_{false};  // caps are asked for and come again; the error does not
  Bytes latent_;
  Counter frames_, bytes_out_;
  RecentMean encode_time_us_;
};

}  // namespace lc::elements
