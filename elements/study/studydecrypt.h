// studydecrypt: the way back from studyencrypt. What it gives may have been altered by anyone.
//
//   gst-launch-1.0 ... ! studydecrypt key-file=study.key allow-insecure=true ! videoconvert ! autovideosink
//
//   sink     application/x-latentcast-study, one packet in each buffer
//   src      what went into studyencrypt, by the caps in the packet; a sticky event names the cipher for studylabel
//   damage   packets that cannot be read are dropped and counted: malformed (no packet, or not of this kind), refused
//            (the cipher says no: wrong size or padding, no key; or another stream while one is shown). A cipher without
//            integrity takes all others. None ends the stream
//   messages latentcast-refused (reason, text, count), at most one a second for each reason; a warning when the first
//            packets are refused. latentcast-study-message (record, text) when another message is hidden in what comes
//            than before (cipher=rsa-lsb), at most one a second; anyone may have written it
//   starts   only with allow-insecure=true, and with a warning on the bus each time
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/study/study_caps.h"

namespace lc::elements {

struct StudyDecryptSettings {
  std::string key_file;
  bool allow_insecure = false;
};

class StudyDecrypt : public Element<GstElement, StudyDecryptSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "studydecrypt",
                                     .type_name = "LcStudyDecrypt",
                                     .long_name = "Published cipher, for study, the way back (insecure)",
                                     .klass = "Decryptor/Video",
                                     .description = "Decrypts what studyencrypt made; anyone may have altered it"};
  static constexpr auto properties() {
    using S = StudyDecryptSettings;
    return std::tuple{property("key-file", &S::key_file, "Key file",
                               "The file that studyencrypt has; for rsa-lsb the private RSA key in PEM; none for cipher=none"),
                      property("allow-insecure", &S::allow_insecure, "Allow insecure",
                               "Start although none of these ciphers protects anything")};
  }
  static void class_init(ClassInit<StudyDecrypt>& c);

  explicit StudyDecrypt(GstElement* self);
  ~StudyDecrypt();
  Ptr<GstStructure> stats() const;

 private:
  struct Plaintext;
  struct State;

  GstStateChangeReturn change_state(GstStateChange change);
  GstFlowReturn chain(GstPad* pad, GstBuffer* buffer);
  gboolean sink_event(GstPad* pad, GstEvent* event);
  Result<> start();
  Result<Ptr<GstBuffer>> decrypt(GstBuffer* buffer);
  Result<> use_cipher(std::string_view name, std::string_view variant);
  Result<> take(std::optional<Plaintext> other);
  void note_message();
  void refuse(const Error& error);

  GstPad* sink_;
  GstPad* src_;
  std::unique_ptr<State> state_;
  Counter frames_, malformed_, refused_;
  RecentMean decrypt_ns_;
};

}  // namespace lc::elements
