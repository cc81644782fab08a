// studyzmqsrc: study packets from ZeroMQ (PULL); what is none is counted, left out, and warned of once.
//
//   gst-launch-1.0 studyzmqsrc endpoint=tcp://camera:5700 allow-insecure=true ! studydecrypt ... ! autovideosink
//
//   src      application/x-latentcast-study, live; PTS is the time of arrival
//   end      when the sender says so
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/study/study_caps.h"
#include "transport/study_link.h"

namespace lc::elements {

struct StudyZmqSrcSettings {
  std::string endpoint = "tcp://127.0.0.1:5700";
  bool bind = false;
  bool allow_insecure = false;
};

class StudyZmqSrc : public Element<GstPushSrc, StudyZmqSrcSettings> {
 public:
  static constexpr ElementInfo kInfo{
      .name = "studyzmqsrc",
      .type_name = "LcStudyZmqSrc",
      .long_name = "ZeroMQ source of study packets (insecure)",
      .klass = "Source/Network",
      .description = "Receives what studyencrypt made; anyone may have sent or altered it"};
  static constexpr auto properties() {
    using S = StudyZmqSrcSettings;
    return std::tuple{property("endpoint", &S::endpoint, "Endpoint", "tcp://HOST:PORT, tcp://*:PORT or ipc://PATH"),
                      property("bind", &S::bind, "Bind", "Bind the endpoint, or connect to it"),
                      property("allow-insecure", &S::allow_insecure, "Allow insecure",
                               "Start although nothing that is received is protected")};
  }
  static constexpr auto readouts() {
    return std::tuple{Readout<StudyZmqSrc>{"bound-endpoint", &StudyZmqSrc::bound_endpoint, "Bound endpoint",
                                           "Where it is bound, with the port that the system chose"}};
  }
  static void class_init(ClassInit<StudyZmqSrc>& c);

  explicit StudyZmqSrc(GstPushSrc* self);
  Ptr<GstStructure> stats() const;
  std::string bound_endpoint() const;

 private:
  GstStateChangeReturn change_state(GstStateChange change);
  GstFlowReturn create(GstBuffer** out);
  gboolean unlock();
  gboolean unlock_stop();
  Result<> open();
  void close();

  // Guards the pointer. The streaming thread, which lives between open() and the end, reads it without.
  mutable std::mutex mutex_;
  std::unique_ptr<transport::StudyLink> link_;
  std::uint64_t messages_ = 0, bytes_ = 0, malformed_ = 0;  // of the last link, when there is none
  bool has_warned_ = false;                                 // that something else arrives; the streaming thread's
};

}  // namespace lc::elements
