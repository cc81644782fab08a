// cnnclassify: says what each frame shows, with any ONNX image classifier that has a manifest.
//
//   gst-launch-1.0 -m uridecodebin uri=file:///... ! videoconvert ! cnnclassify model=cifar10 ! autovideosink
//
//   sink, src  video/x-raw, I420 NV12 RGB or GRAY8; pixels pass untouched
//   meta       the labels of the frame: glue/labels_meta.h. On frames between two looks (interval, QoS) those of the
//              last look, with their age in frames
//   message    element message "latentcast-label" when the answer changes (post-messages=all: for each look):
//                label (string, "" for no confident label), index (int, -1), confidence (double), previous
//                (string), model (string), timestamp, stream-time, running-time (uint64, ns)
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "classify/classifier.h"
#include "elements/glue/caps.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/model_settings.h"

namespace lc::elements {

enum class LabelMessages { changes, all };

template <>
struct EnumNames<LabelMessages> {
  static constexpr char kTypeName[] = "LcLabelMessages";
  static constexpr GEnumValue kValues[] = {
      {static_cast<gint>(LabelMessages::changes), "When the answer is another one than before", "changes"},
      {static_cast<gint>(LabelMessages::all), "For every frame that was looked at", "all"},
      {}};
};

struct CnnClassifySettings {
  std::string model = "cifar10", keyring;
  double threshold = -1;
  int interval = 1;
  int top_k = 5;
  int threads = 1;
  codec::PrecisionChoice precision = codec::PrecisionChoice::automatic;
  LabelMessages post_messages = LabelMessages::changes;
};

class CnnClassify : public Element<GstBaseTransform, CnnClassifySettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "cnnclassify",
                                     .type_name = "LcCnnClassify",
                                     .long_name = "Neural picture classifier",
                                     .klass = "Filter/Analyzer/Video",
                                     .description = "Attaches labels of a neural network to video frames"};
  static constexpr auto properties() {
    using S = CnnClassifySettings;
    return std::tuple{
        property("model", &S::model, "Model", "Name of a classifier bundle, or the path of its folder or sealed file"),
        property("keyring", &S::keyring, "Key ring", kModelKeyringBlurb),
        property("threshold", &S::threshold, "Threshold",
                 "Confidence from which a label counts, 0 to 1; -1: what the bundle says", -1, 1,
                 Mutable::playing),
        property("interval", &S::interval, "Interval", "Looks at every how many-th frame", 1, 10000,
                 Mutable::playing),
        property("top-k", &S::top_k, "Top k", "How many labels to attach, most likely first", 1, 1000,
                 Mutable::playing),
        property("threads", &S::threads, "Threads", kThreadsBlurb, 0, kMaxThreads),
        property("precision", &S::precision, "Precision", kPrecisionBlurb),
        property("post-messages", &S::post_messages, "Post messages", "When to post latentcast-label on the bus",
                 Mutable::playing)};
  }
  static void class_init(ClassInit<CnnClassify>& c);

  explicit CnnClassify(GstBaseTransform* self);
  ~CnnClassify();
  Ptr<GstStructure> stats() const;

 private:
  struct State;

  bool start();
  bool stop();
  bool set_caps(GstCaps* in, GstCaps* out);
  GstFlowReturn transform_ip(GstBuffer* buffer);
  bool src_event(GstEvent* event);
  bool sink_event(GstEvent* event);
  bool query(GstPadDirection direction, GstQuery* query);

  Result<> look(GstBuffer* buffer);
  bool is_late(GstClockTime pts) const;
  void publish(GstBuffer* buffer);
  void measure(GstClockTime began);

  std::unique_ptr<State> state_;
  Counter frames_classified_, skipped_;
  RecentMean classify_time_us_;
  std::atomic<GstClockTime> latency_{0};                       // added to that of upstream
  std::atomic<GstClockTime> not_before_{GST_CLOCK_TIME_NONE};  // running time; QoS: frames before it are late

  mutable std::mutex answer_mutex_;  // for stats()
  std::string answer_;
  double confidence_ = 0;
};

}  // namespace lc::elements
