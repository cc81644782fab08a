// studyencrypt: a published image cipher, to be studied. It protects nothing; see runtime/study.
//
//   gst-launch-1.0 videotestsrc ! video/x-raw,format=GRAY8 ! studyencrypt cipher=logistic-chaos key-file=study.key
//   allow-insecure=true ! studydecrypt key-file=study.key allow-insecure=true ! videoconvert ! autovideosink
//
//   sink     video/x-raw (GRAY8, RGB), encrypted as a picture; video/x-latent with coding=raw, encrypted as rows of its
//            channels; any other video/x-latent, whose bytes are one row
//   src      application/x-latentcast-study, one packet in each buffer (runtime/study/packet.h)
//   starts   only with allow-insecure=true, and with a warning on the bus each time
#pragma once

#include <memory>
#include <string>

#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/study/study_caps.h"

namespace lc::elements {

struct StudyEncryptSettings {
  std::string cipher;
  std::string variant;
  std::string message;
  std::string key_file;
  bool allow_insecure = false;
};

class StudyEncrypt : public Element<GstElement, StudyEncryptSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "studyencrypt",
                                     .type_name = "LcStudyEncrypt",
                                     .long_name = "Published cipher, for study (insecure)",
                                     .klass = "Encryptor/Video",
                                     .description = "Encrypts pictures with a published cipher that can be broken"};
  static constexpr auto properties() {
    using S = StudyEncryptSettings;
    return std::tuple{
        property("cipher", &S::cipher, "Cipher", "xor-mask, additive-square, logistic-chaos, aes-features, rsa-lsb or none"),
        property("variant", &S::variant, "Variant",
                 "Of additive-square: figure, text; logistic-chaos: double, single, probabilistic; aes-features: cbc, "
                 "cbc-fixed-iv, ctr, ctr-fixed-nonce, ecb; rsa-lsb: textbook, oaep; empty: the first"),
        property("message", &S::message, "Message", "What rsa-lsb hides in the lowest bits of each picture"),
        property(
            "key-file", &S::key_file, "Key file",
            "File with 16 secret bytes or more, the same for studydecrypt; for rsa-lsb the receiver's RSA key in PEM"),
        property("allow-insecure", &S::allow_insecure, "Allow insecure",
                 "Start although none of these ciphers protects anything")};
  }
  static void class_init(ClassInit<StudyEncrypt>& c);

  explicit StudyEncrypt(GstElement* self);
  ~StudyEncrypt();
  Ptr<GstStructure> stats() const;

 private:
  struct State;

  GstStateChangeReturn change_state(GstStateChange change);
  GstFlowReturn chain(GstPad* pad, GstBuffer* buffer);
  gboolean sink_event(GstPad* pad, GstEvent* event);
  Result<> start();
  bool set_caps(const GstCaps* caps);
  Result<Ptr<GstBuffer>> encrypt(GstBuffer* buffer);

  GstPad* sink_;
  GstPad* src_;
  std::unique_ptr<State> state_;
  Counter frames_, bytes_in_, bytes_out_;
  RecentMean encrypt_ns_;
};

}  // namespace lc::elements
