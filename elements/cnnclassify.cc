#include "elements/cnnclassify.h"

#include "elements/glue/errors.h"
#include "elements/glue/labels_meta.h"
#include "elements/glue/latency_meter.h"
#include "elements/glue/video.h"
#include "elements/open_model.h"

#define GST_CAT_DEFAULT debug_category<CnnClassify>

namespace lc::elements {
namespace {

constexpr char kLabelMessage[] = "latentcast-label";

}  // namespace

// Exists between start() and stop(); the streaming thread's.
struct CnnClassify::State {
  classify::Classifier classifier;
  GstVideoInfo info{};
  classify::Labels labels{};  // of the last look
  bool has_looked = false;
  bool has_published = false;
  LatencyMeter latency{};
};

CnnClassify::CnnClassify(GstBaseTransform* self) : Element(self) {
  gst_base_transform_set_in_place(self, TRUE);
  gst_base_transform_set_passthrough(self, FALSE);  // labels need a buffer that is ours to change
}
CnnClassify::~CnnClassify() = default;

void CnnClassify::class_init(ClassInit<CnnClassify>& c) {
  c.sink(kRawCaps).src(kRawCaps);
  c.base->passthrough_on_same_caps = FALSE;
  c.bind<&CnnClassify::start>(c.base->start);
  c.bind<&CnnClassify::stop>(c.base->stop);
  c.bind<&CnnClassify::set_caps>(c.base->set_caps);
  c.bind<&CnnClassify::transform_ip>(c.base->transform_ip);
  c.bind<&CnnClassify::src_event>(c.base->src_event);
  c.bind<&CnnClassify::sink_event>(c.base->sink_event);
  c.bind<&CnnClassify::query>(c.base->query);
}

Ptr<GstStructure> CnnClassify::stats() const {
  auto stats = make_stats(kInfo.name, {{"frames-classified", frames_classified_.value()},
                                       {"skipped", skipped_.value()},
                                       {"classify-time-us", classify_time_us_.value()}});
  const std::lock_guard lock(answer_mutex_);
  gst_structure_set(stats.get(), "label", G_TYPE_STRING, answer_.c_str(), "confidence", G_TYPE_DOUBLE,
                    confidence_, nullptr);
  return stats;
}

bool CnnClassify::start() {
  for (Counter* counter : {&frames_classified_, &skipped_}) counter->set(0);
  classify_time_us_.clear();
  not_before_ = GST_CLOCK_TIME_NONE;
  const auto settings = this->settings();
  const auto make = [&]() -> Result<classify::Classifier> {
    auto bundle = LC_TRY(open_model(settings.model, settings.keyring));
    const nn::Precision precision = codec::choose_precision(*bundle, settings.precision);
    return classify::Classifier::create(std::move(bundle),
                                        {.threads = thread_count(settings.threads), .precision = precision});
  };
  auto classifier = make();
  if (!classifier) {
    post_error(element(), classifier.error());
    return false;
  }
  state_.reset(new State{.classifier = std::move(*classifier)});
  warn_of_slow_layers(element(), state_->classifier.plan());
  return true;
}

bool CnnClassify::stop() {
  state_.reset();
  const std::lock_guard lock(answer_mutex_);
  answer_.clear();
  confidence_ = 0;
  return true;
}

bool CnnClassify::set_caps(GstCaps* in, GstCaps*) {
  state_->has_looked = false;  // what was seen before says nothing of these pictures
  return gst_video_info_from_caps(&state_->info, in) != FALSE;
}

bool CnnClassify::sink_event(GstEvent* event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) {
    not_before_ = GST_CLOCK_TIME_NONE;
    if (state_) state_->has_looked = false;
  }
  return parent<CnnClassify>()->sink_event(self(), event);
}

// Downstream says how late the frame with this running time was: what comes as late is not looked at.
bool CnnClassify::src_event(GstEvent* event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_QOS) {
    GstClockTimeDiff late = 0;
    GstClockTime when = GST_CLOCK_TIME_NONE;
    gst_event_parse_qos(event, nullptr, nullptr, &late, &when);
    if (GST_CLOCK_TIME_IS_VALID(when))
      not_before_ = late > 0 ? when + 2 * static_cast<GstClockTime>(late) : GST_CLOCK_TIME_NONE;
  }
  return parent<CnnClassify>()->src_event(self(), event);
}

bool CnnClassify::query(GstPadDirection direction, GstQuery* query) {
  const bool answered = parent<CnnClassify>()->query(self(), direction, query);
  if (answered && direction == GST_PAD_SRC && GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) {
    gboolean is_live = FALSE;
    GstClockTime min = 0, max = 0;
    gst_query_parse_latency(query, &is_live, &min, &max);
    const GstClockTime ours = latency_;
    gst_query_set_latency(query, is_live, min + ours, GST_CLOCK_TIME_IS_VALID(max) ? max + ours : max);
  }
  return answered;
}

bool CnnClassify::is_late(GstClockTime pts) const {
  const GstClockTime not_before = not_before_;
  if (!GST_CLOCK_TIME_IS_VALID(not_before) || !GST_CLOCK_TIME_IS_VALID(pts)) return false;
  const GstClockTime when = gst_segment_to_running_time(&self()->segment, GST_FORMAT_TIME, pts);
  return GST_CLOCK_TIME_IS_VALID(when) && when < not_before;
}

void CnnClassify::measure(GstClockTime began) {
  const GstClockTime took = gst_util_get_timestamp() - began;
  classify_time_us_.add(took / GST_USECOND);
  if (const auto latency = state_->latency.add(took)) {
    latency_ = *latency;
    gst_element_post_message(element(), gst_message_new_latency(GST_OBJECT_CAST(element())));
  }
}

Result<> CnnClassify::look(GstBuffer* buffer) {
  State& s = *state_;
  const GstClockTime began = gst_util_get_timestamp();
  const double threshold = setting(&CnnClassifySettings::threshold);
  const auto frame = LC_TRY(MappedFrame::create(s.info, buffer));
  LC_TRY(s.classifier.classify(image_view(frame), setting(&CnnClassifySettings::top_k),
                               threshold < 0 ? s.classifier.threshold() : threshold, s.labels));
  s.has_looked = true;
  frames_classified_.add();
  measure(began);
  return {};
}

// The answer for stats(), and the message when it is another one than before.
void CnnClassify::publish(GstBuffer* buffer) {
  State& s = *state_;
  const classify::Label* answer = s.labels.answer();
  const std::string label = answer ? answer->name : "";
  std::string previous;
  {
    const std::lock_guard lock(answer_mutex_);
    previous = std::exchange(answer_, label);
    confidence_ = static_cast<double>(s.labels.best.front().confidence);
  }
  const bool is_news = !std::exchange(s.has_published, true) || previous != label;
  if (!is_news && setting(&CnnClassifySettings::post_messages) != LabelMessages::all) return;
  const GstSegment* segment = &self()->segment;
  const GstClockTime pts = GST_BUFFER_PTS(buffer);
  GST_INFO_OBJECT(self(), "'%s' after '%s'", label.c_str(), previous.c_str());
  post_message(
      element(),
      Ptr<GstStructure>{gst_structure_new(
          kLabelMessage, "label", G_TYPE_STRING, label.c_str(), "index", G_TYPE_INT,
          answer ? answer->index : -1, "confidence", G_TYPE_DOUBLE,
          static_cast<double>(s.labels.best.front().confidence), "previous", G_TYPE_STRING, previous.c_str(),
          "model", G_TYPE_STRING, s.labels.model.c_str(), "timestamp", G_TYPE_UINT64, pts, "stream-time",
          G_TYPE_UINT64, gst_segment_to_stream_time(segment, GST_FORMAT_TIME, pts), "running-time",
          G_TYPE_UINT64, gst_segment_to_running_time(segment, GST_FORMAT_TIME, pts), nullptr)});
}

GstFlowReturn CnnClassify::transform_ip(GstBuffer* buffer) {
  State& s = *state_;
  const bool is_due = !s.has_looked || s.labels.age + 1 >= setting(&CnnClassifySettings::interval);
  if (!is_due || is_late(GST_BUFFER_PTS(buffer))) {
    skipped_.add();
    if (!s.has_looked) return GST_FLOW_OK;
    ++s.labels.age;
  } else {
    if (const auto looked = look(buffer); !looked) {
      post_error(element(), looked.error());
      return GST_FLOW_ERROR;
    }
    publish(buffer);
  }
  attach_labels(buffer, s.labels);
  return GST_FLOW_OK;
}

}  // namespace lc::elements
