// studydecode: latents of a published autoencoder back to pictures; see studyencode.
//
//   sink     video/x-latent with coding=raw; one latent in each buffer
//   src      video/x-raw of the model's size
//   model    found by the latent-space id of the caps, or given
//   losses   a buffer that is no such latent is dropped and counted
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "codec/raw_autoencoder.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/model_settings.h"
#include "elements/study/study_caps.h"

namespace lc::elements {

struct StudyDecodeSettings {
  std::string model, keyring;
  int passphrase_fd = -1;
};

class StudyDecode : public Element<GstBaseTransform, StudyDecodeSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "studydecode",
                                     .type_name = "LcStudyDecode",
                                     .long_name = "Published autoencoder, decoder",
                                     .klass = "Codec/Decoder/Video",
                                     .description = "Latents of a published autoencoder to pictures, for study"};
  static constexpr auto properties() {
    using S = StudyDecodeSettings;
    return std::tuple{
        property("model", &S::model, "Model",
                 "Name of a bundle whose coding is raw, or the path of its folder or sealed file; empty: the one "
                 "that the stream needs"),
        property("keyring", &S::keyring, "Key ring", kModelKeyringBlurb),
        property("passphrase-fd", &S::passphrase_fd, "Passphrase descriptor", kPassphraseFdText, -1, 1 << 20)};
  }
  static void class_init(ClassInit<StudyDecode>& c);

  explicit StudyDecode(GstBaseTransform* self) : Element(self) {}
  Ptr<GstStructure> stats() const;

 private:
  GstStateChangeReturn change_state(GstStateChange change);
  bool start();
  bool stop();
  GstCaps* transform_caps(GstPadDirection direction, GstCaps* caps, GstCaps* filter);
  bool transform_size(GstPadDirection direction, GstCaps* caps, gsize size, GstCaps* other, gsize* other_size);
  bool set_caps(GstCaps* in, GstCaps* out);
  GstFlowReturn transform(GstBuffer* in, GstBuffer* out);
  Result<> prepare(const GstCaps* in);
  Result<> decode(GstBuffer* in, GstBuffer* out);

  std::shared_ptr<const codec::Bundle> bundle_;  // until stop(), as the decoder
  std::optional<codec::RawDecoder> decoder_;
  PassphraseFd passphrase_;
  GstVideoInfo info_{};
  Ptr<GstCaps> refused_;  // caps come again with the next event or buffer; the error does not
  Counter frames_, corrupt_;
  RecentMean decode_time_us_;
};

}  // namespace lc::elements
