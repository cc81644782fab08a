// studyzmqsink: study packets over ZeroMQ (PUSH), without loss. latentzmqsrc takes none of them.
//
//   gst-launch-1.0 ... ! studyencrypt ... ! studyzmqsink endpoint=tcp://*:5700 allow-insecure=true
//
//   sink     application/x-latentcast-study
//   end      waits up to 10 s for the receiver to take the end of the stream
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/study/study_caps.h"
#include "transport/study_link.h"

namespace lc::elements {

struct StudyZmqSinkSettings {
  std::string endpoint = "tcp://*:5700";
  bool bind = true;
  bool allow_insecure = false;
};

class StudyZmqSink : public Element<GstBaseSink, StudyZmqSinkSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "studyzmqsink",
                                     .type_name = "LcStudyZmqSink",
                                     .long_name = "ZeroMQ sink of study packets (insecure)",
                                     .klass = "Sink/Network",
                                     .description = "Sends what studyencrypt made; anyone may read or alter it"};
  static constexpr auto properties() {
    using S = StudyZmqSinkSettings;
    return std::tuple{property("endpoint", &S::endpoint, "Endpoint", "tcp://HOST:PORT, tcp://*:PORT or ipc://PATH"),
                      property("bind", &S::bind, "Bind", "Bind the endpoint, or connect to it"),
                      property("allow-insecure", &S::allow_insecure, "Allow insecure",
                               "Start although nothing that is sent is protected")};
  }
  static constexpr auto readouts() {
    return std::tuple{Readout<StudyZmqSink>{"bound-endpoint", &StudyZmqSink::bound_endpoint, "Bound endpoint",
                                            "Where it is bound, with the port that the system chose"}};
  }
  static void class_init(ClassInit<StudyZmqSink>& c);

  explicit StudyZmqSink(GstBaseSink* self);
  Ptr<GstStructure> stats() const;
  std::string bound_endpoint() const;

 private:
  GstStateChangeReturn change_state(GstStateChange change);
  GstFlowReturn render(GstBuffer* buffer);
  gboolean event(GstEvent* event);
  gboolean unlock();
  gboolean unlock_stop();
  Result<> open();
  void close();

  // Guards the pointer. The streaming thread, which lives between open() and the end, reads it without.
  mutable std::mutex mutex_;
  std::unique_ptr<transport::StudyLink> link_;
  std::uint64_t messages_ = 0, bytes_ = 0;  // of the last link, when there is none
};

}  // namespace lc::elements
