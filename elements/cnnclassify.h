// cnnclassify: says what each frame shows, with any ONNX image classifier that has a manifest.
//
//   gst-launch-1.0 -m uridecodebin uri=file:///... ! videoconvert ! cnnclassify model=cifar10 ! autovideosink
//
//   gst-launch-1.0 ... latentdecrypt ! cnnclassify model=MINE ! fakesink       with a classifier on latents: no pixels
//
//   sink, src  video/x-raw, I420 NV12 RGB or GRAY8, or video/x-latent, as the model says; what comes passes untouched
//   latents    are read as aedecode reads them: after a loss no frame is looked at until a key frame has come, which is
//              asked for; the last labels grow old
//   meta       the labels of the frame: glue/labels_meta.h. On frames between two looks (interval, QoS, frames that
//              stand in for lost ones) those of the last look, with their age in frames
//   stats      passed: frames between two looks, as interval says, or in the place of lost ones; skipped: looks that
//              were due and did not take place, because downstream is late
//   message    element message "latentcast-label" when the answer changes (post-messages=all: for each look), and a
//              line of JSON to json-fd at the same times: class_report.h
//   model      may be set while playing: the new one is made beside the stream, and the old one goes on until it is
//              there, or for good, with a warning, where it cannot be. Elements with one model hold its weights once
#pragma once

#include <memory>
#include <string>

#include "elements/class_report.h"
#include "elements/classifier_choice.h"
#include "elements/glue/caps.h"
#include "elements/glue/element_class.h"
#include "elements/glue/stats.h"
#include "elements/latent_reader.h"
#include "elements/model_settings.h"
#include "elements/passphrase_fd.h"

namespace lc::elements {

template <>
struct EnumNames<classify::Region> {
  static constexpr char kTypeName[] = "LcRegion";
  static constexpr GEnumValue kValues[] = {
      {static_cast<gint>(classify::Region::full), "The whole picture", "full"},
      {static_cast<gint>(classify::Region::center), "Its middle, half of each side", "center"},
      {static_cast<gint>(classify::Region::tiles), "Each part of a grid; the most confident one answers", "tiles"},
      {}};
};

struct CnnClassifySettings {
  std::string model = "cifar10", keyring;
  int passphrase_fd = -1;
  std::string autoencoder;
  double threshold = -1;
  int interval = 1;
  int top_k = 5;
  double smoothing = 0;
  classify::Region region = classify::Region::full;
  int tiles = 2;
  int threads = 1;
  codec::PrecisionChoice precision = codec::PrecisionChoice::automatic;
  LabelMessages post_messages = LabelMessages::changes;
  int json_fd = -1;
};

class CnnClassify : public Element<GstBaseTransform, CnnClassifySettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "cnnclassify",
                                     .type_name = "LcCnnClassify",
                                     .long_name = "Neural classifier of pictures and latents",
                                     .klass = "Filter/Analyzer/Video",
                                     .description = "Attaches labels of a neural network to video frames"};
  static constexpr auto properties() {
    using S = CnnClassifySettings;
    return std::tuple{
        property("model", &S::model, "Model", "Name of a classifier bundle, or the path of its folder or sealed file",
                 Mutable::playing),
        property("autoencoder", &S::autoencoder, "Autoencoder",
                 "Of a stream of latents: name of its bundle, or the path of its folder or sealed file; empty: the one "
                 "that the stream needs"),
        property("keyring", &S::keyring, "Key ring", kModelKeyringBlurb),
        property("passphrase-fd", &S::passphrase_fd, "Passphrase descriptor", kPassphraseFdText, -1, 1 << 20),
        property("threshold", &S::threshold, "Threshold",
                 "Confidence from which a label counts, 0 to 1; -1: what the bundle says", -1, 1,
                 Mutable::playing),
        property("interval", &S::interval, "Interval", "Looks at every how many-th frame", 1, 10000,
                 Mutable::playing),
        property("top-k", &S::top_k, "Top k", "How many labels to attach, most likely first", 1, 1000,
                 Mutable::playing),
        property("smoothing", &S::smoothing, "Smoothing",
                 "Weight of what was seen before in the probabilities of a look; 0: each look for itself", 0, 0.99,
                 Mutable::playing),
        property("region", &S::region, "Region", "Which part of the picture to look at"),
        property("tiles", &S::tiles, "Tiles", "Parts along each side with region=tiles", 1, classify::kMaxTiles),
        property("threads", &S::threads, "Threads", kThreadsBlurb, 0, kMaxThreads),
        property("precision", &S::precision, "Precision", kPrecisionBlurb),
        property("post-messages", &S::post_messages, "Post messages", "When to post latentcast-label on the bus",
                 Mutable::playing),
        property("json-fd", &S::json_fd, "JSON descriptor",
                 "Descriptor of this process that gets a line of JSON with each message; what it cannot take at once "
                 "is left out; -1: none",
                 -1, G_MAXINT)};
  }
  static void class_init(ClassInit<CnnClassify>& c);

  explicit CnnClassify(GstBaseTransform* self);
  ~CnnClassify();
  Ptr<GstStructure> stats() const;

 private:
  struct State;

  GstStateChangeReturn change_state(GstStateChange change);
  bool start();
  bool stop();
  bool set_caps(GstCaps* in, GstCaps* out);
  GstFlowReturn transform_ip(GstBuffer* buffer);
  bool src_event(GstEvent* event);
  bool sink_event(GstEvent* event);
  bool query(GstPadDirection direction, GstQuery* query);

  Result<> check_place();
  Result<> open(const CnnClassifySettings& settings);
  Result<> prepare(const GstCaps* caps);
  ClassifierChoice choice(const std::string& model) const;
  void follow_model();
  void forget();
  bool is_due(GstBuffer* buffer) const;
  bool is_late(GstClockTime pts) const;
  Result<bool> look(GstBuffer* buffer);
  void pass(GstBuffer* buffer);
  void measure(GstClockTime began);

  std::unique_ptr<State> state_;
  PassphraseFd passphrase_;
  ClassReport report_;
  Counter frames_classified_, model_changes_;
  Counter passed_;          // between two looks, as interval says, and in the place of lost ones
  Counter skipped_;         // late: a look that was due
  Counter without_answer_;  // looks whose answer was no number or no probability
  LatentLosses losses_;
  RecentMean classify_time_us_;
  std::atomic<GstClockTime> latency_{0};                       // added to that of upstream
  std::atomic<GstClockTime> not_before_{GST_CLOCK_TIME_NONE};  // running time; QoS: frames before it are late
};

}  // namespace lc::elements
