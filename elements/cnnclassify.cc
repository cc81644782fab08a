#include "elements/cnnclassify.h"

#include <utility>

#include "elements/glue/errors.h"
#include "elements/glue/labels_meta.h"
#include "elements/glue/latency_meter.h"
#include "elements/glue/video.h"
#include "elements/open_model.h"

#define GST_CAT_DEFAULT debug_category<CnnClassify>

namespace lc::elements {
// Exists between start() and stop(); the streaming thread's.
struct CnnClassify::State {
  LatentReader latents;
  std::string model;                                 // in use
  std::string asked;                                 // for last, in use or not
  std::optional<classify::Classifier> classifier{};  // on latents: once their size is known
  ClassifierChange change{};
  bool reads_latents = false;
  GstVideoInfo info{};        // of pictures
  classify::Labels labels{};  // of the last look
  bool has_looked = false;
  bool is_without_answer = false;  // at the last look: said once
  Ptr<GstCaps> refused{};  // caps come again with the next event or buffer; the error does not
  LatencyMeter latency{};
};

CnnClassify::CnnClassify(GstBaseTransform* self) : Element(self), report_(element()) {
  gst_base_transform_set_in_place(self, TRUE);
  gst_base_transform_set_passthrough(self, FALSE);  // labels need a buffer that is ours to change
}
CnnClassify::~CnnClassify() = default;

void CnnClassify::class_init(ClassInit<CnnClassify>& c) {
  const std::string caps = fmt::format("{}; {}", kRawCaps, kLatentCaps);
  c.sink(caps.c_str()).src(caps.c_str());
  c.base->passthrough_on_same_caps = FALSE;
  c.bind<&CnnClassify::change_state>(c.element->change_state);
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
                                       {"passed", passed_.value()},
                                       {"skipped", skipped_.value()},
                                       {"without-answer", without_answer_.value()},
                                       {"model-changes", model_changes_.value()},
                                       {"corrupt", losses_.corrupt.value()},
                                       {"missing-reference", losses_.missing_reference.value()},
                                       {"other-model", losses_.other_model.value()},
                                       {"key-requests", losses_.key_requests.value()},
                                       {"classify-time-us", classify_time_us_.value()}});
  report_.add_to(stats.get());
  return stats;
}

// What needs no stream is found before there is one: no such model, or one that cannot stand here.
GstStateChangeReturn CnnClassify::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_NULL_TO_READY)
    if (const auto placed = check_place(); !placed) {
      post_error(element(), placed.error());
      return GST_STATE_CHANGE_FAILURE;
    }
  return parent<CnnClassify, GstElementClass>()->change_state(element(), change);
}

Result<> CnnClassify::check_place() {
  const auto settings = this->settings();
  const auto bundle = LC_TRY(find_model(settings, passphrase_, codec::BundleKind::classifier));
  if (!bundle) return {};
  const bool wants_latents = LC_TRY(classify::Manifest::read(*bundle)).latents.has_value();
  const Ptr<GstCaps> given{gst_pad_peer_query_caps(GST_BASE_TRANSFORM_SINK_PAD(self()), nullptr)};
  const Ptr<GstCaps> wanted{gst_caps_from_string(wants_latents ? kLatentCaps : kRawCaps)},
      other{gst_caps_from_string(wants_latents ? kRawCaps : kLatentCaps)};
  if (gst_caps_can_intersect(given.get(), wanted.get()) || !gst_caps_can_intersect(given.get(), other.get())) return {};
  if (wants_latents)
    return fail(Errc::invalid_config,
                "'{}' reads latents, and pictures come here: put it before aedecode, or name a classifier of pictures; "
                "`latentcast models list` shows both",
                settings.model);
  return fail(Errc::invalid_config,
              "'{}' reads pictures, and latents come here: put it behind aedecode, or name a classifier of latents; "
              "`latentcast models list` shows both",
              settings.model);
}

bool CnnClassify::start() {
  for (Counter* counter : {&frames_classified_, &passed_, &skipped_, &model_changes_, &without_answer_}) counter->set(0);
  losses_.clear();
  classify_time_us_.clear();
  not_before_ = GST_CLOCK_TIME_NONE;
  const auto settings = this->settings();
  state_.reset(new State{.latents = {element(), GST_BASE_TRANSFORM_SINK_PAD(self()), losses_},
                         .model = settings.model,
                         .asked = settings.model});
  if (const auto opened = open(settings); !opened) {
    state_.reset();
    post_error(element(), opened.error());
    return false;
  }
  return true;
}

// What can be known before caps.
Result<> CnnClassify::open(const CnnClassifySettings& settings) {
  State& s = *state_;
  LC_TRY(report_.begin(settings.json_fd));
  LC_TRY(s.latents.open(settings.autoencoder, settings.keyring));
  const Model model = LC_TRY(open_model(settings.model, settings.keyring));
  if (LC_TRY(classify::Manifest::read(*model.bundle)).latents) return {};
  s.classifier = LC_TRY(make_classifier(choice(settings.model)));
  warn_of_slow_layers(element(), s.classifier->plan());
  return {};
}

bool CnnClassify::stop() {
  state_.reset();
  return static_cast<bool>(report_.begin(-1));
}

// For what comes now.
ClassifierChoice CnnClassify::choice(const std::string& model) const {
  const State& s = *state_;
  const auto settings = this->settings();
  ClassifierChoice choice{
      .model = model,
      .keyring = settings.keyring,
      .precision = settings.precision,
      .options = {.threads = thread_count(settings.threads), .region = settings.region, .tiles = settings.tiles}};
  if (!s.reads_latents) return choice;
  choice.autoencoder = s.latents.autoencoder();
  choice.width = s.latents.width();
  choice.height = s.latents.height();
  return choice;
}

// What was seen before says nothing of what comes now.
void CnnClassify::forget() {
  State& s = *state_;
  s.has_looked = false;
  s.latents.reset();
  if (s.classifier) s.classifier->reset();
}

// A classifier for pictures or latents like these: the one that is there, where it fits.
Result<> CnnClassify::prepare(const GstCaps* caps) {
  State& s = *state_;
  s.change.abandon();  // it was begun for other caps
  s.asked = s.model;
  const bool reads_latents = gst_structure_has_name(gst_caps_get_structure(caps, 0), kLatentMediaType);
  bool fits = s.classifier && reads_latents == s.reads_latents;
  if (reads_latents) {
    const auto before = s.latents.autoencoder();
    const int width = s.latents.width(), height = s.latents.height();
    LC_TRY(s.latents.prepare(caps));
    fits = fits && s.latents.autoencoder() == before && s.latents.width() == width && s.latents.height() == height;
  } else if (!gst_video_info_from_caps(&s.info, caps)) {
    return fail(Errc::bad_format, "the caps do not describe a picture");
  }
  s.reads_latents = reads_latents;
  if (fits) return {};
  s.classifier.reset();
  s.classifier = LC_TRY(make_classifier(choice(s.model)));
  if (reads_latents) LC_TRY(s.latents.remember());
  warn_of_slow_layers(element(), s.classifier->plan());
  return {};
}

bool CnnClassify::set_caps(GstCaps* in, GstCaps*) {
  State& s = *state_;
  if (s.refused && gst_caps_is_equal(s.refused.get(), in)) return false;
  s.refused.reset();
  forget();
  const auto prepared = prepare(in);
  if (prepared) return true;
  s.refused = add_ref(in);
  post_error(element(), prepared.error());
  return false;
}

bool CnnClassify::sink_event(GstEvent* event) {
  if (ends_labels(event)) {
    not_before_ = GST_CLOCK_TIME_NONE;
    if (state_) forget();
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

// False: latents that cannot be decoded.
Result<bool> CnnClassify::look(GstBuffer* buffer) {
  State& s = *state_;
  const GstClockTime began = gst_util_get_timestamp();
  const auto settings = this->settings();
  const classify::LookOptions options{
      .top_k = settings.top_k, .threshold = settings.threshold, .smoothing = static_cast<float>(settings.smoothing)};
  if (s.reads_latents) {
    const auto frame = s.latents.read(buffer);
    if (!frame) return false;
    LC_TRY(s.classifier->classify((*frame)->latent, (*frame)->header.quality, options, s.labels));
  } else {
    const auto frame = LC_TRY(MappedFrame::create(s.info, buffer));
    LC_TRY(s.classifier->classify(image_view(frame), options, s.labels));
  }
  s.labels.looked_at = GST_BUFFER_PTS(buffer);
  s.has_looked = true;
  frames_classified_.add();
  measure(began);
  return true;
}

// Makes the model that the property names, and takes it when it is there.
void CnnClassify::follow_model() {
  State& s = *state_;
  if (auto made = s.change.take()) {
    if (*made) {
      s.classifier = std::move(**made);
      s.model = s.asked;
      s.has_looked = false;
      model_changes_.add();
      warn_of_slow_layers(element(), s.classifier->plan());
    } else {
      post_warning(element(),
                   {made->error().code, fmt::format("{}; {} goes on", made->error().text, s.classifier->name())});
    }
  }
  const std::string model = setting(&CnnClassifySettings::model);
  if (model == s.asked || s.change.is_underway()) return;
  s.asked = model;
  s.change.begin(choice(model));
}

// A frame that stands in for a lost one (flag GAP) shows nothing new.
bool CnnClassify::is_due(GstBuffer* buffer) const {
  const State& s = *state_;
  if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_GAP)) return false;
  return !s.has_looked || s.labels.age + 1 >= setting(&CnnClassifySettings::interval);
}

// A frame that is not looked at; later ones may refer to its latents.
void CnnClassify::pass(GstBuffer* buffer) {
  State& s = *state_;
  if (s.reads_latents && !LatentReader::is_ordinary(buffer)) (void)s.latents.read(buffer);
}

GstFlowReturn CnnClassify::transform_ip(GstBuffer* buffer) {
  State& s = *state_;
  LC_EXPECT(s.classifier, "frames come after caps");
  follow_model();
  bool has_looked = false;
  if (const bool is_due = this->is_due(buffer); !is_due || is_late(GST_BUFFER_PTS(buffer))) {
    (is_due ? skipped_ : passed_).add();
    pass(buffer);
  } else if (const auto looked = look(buffer); looked) {
    has_looked = *looked;
    s.is_without_answer = false;
  } else if (looked.error().code == Errc::backend) {  // of this frame; the next may be another matter
    without_answer_.add();
    if (!std::exchange(s.is_without_answer, true)) post_warning(element(), looked.error());
  } else {
    post_error(element(), looked.error());
    return GST_FLOW_ERROR;
  }
  if (has_looked)
    report_.tell(s.labels, self()->segment, setting(&CnnClassifySettings::post_messages));
  else
    ++s.labels.age;
  if (s.has_looked) attach_labels(buffer, s.labels);
  return GST_FLOW_OK;
}

}  // namespace lc::elements
