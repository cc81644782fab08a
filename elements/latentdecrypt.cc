#include "elements/latentdecrypt.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "classify/labels_wire.h"
#include "elements/glue/capture_time.h"
#include "elements/glue/errors.h"
#include "elements/glue/labels_meta.h"
#include "elements/held_messages.h"
#include "elements/recorded_time.h"
#include "elements/refusals.h"
#include "seal/ratchet.h"

#define GST_CAT_DEFAULT debug_category<LatentDecrypt>

namespace lc::elements {
namespace {

using seal::Verdict;

constexpr GstClockTime kKeyRequestInterval = 250 * GST_MSECOND;
constexpr GstClockTime kLookInterval = 500 * GST_MSECOND;  // at devices.list

// Caps from inside the seal are the device's own words; still they must be ours in shape.
Ptr<GstCaps> parse_description(std::string_view description) {
  Ptr<GstCaps> caps{gst_caps_from_string(std::string(description).c_str())};
  if (!caps || !gst_caps_is_fixed(caps.get()) || gst_caps_get_size(caps.get()) != 1) return nullptr;
  const Ptr<GstCaps> allowed{gst_caps_from_string(kLatentCaps)};
  return gst_caps_is_subset(caps.get(), allowed.get()) ? std::move(caps) : nullptr;
}

}  // namespace

// Exists between READY and PAUSED; the streaming thread's.
struct LatentDecrypt::State {
  LatentDecryptSettings settings;
  seal::KeyRing ring;
  std::optional<seal::Opener> opener;
  std::vector<seal::PinnedDevice> devices;  // as the opener has them
  seal::ParsedList<seal::PinnedDevice> parsed;
  std::string complaint;  // of the list
  GstClockTime looked = GST_CLOCK_TIME_NONE;
  HeldMessages held;
  Ptr<GstBuffer> scratch;  // for the next plaintext; kept when a message was refused
  std::string description;
  std::string record;
  std::optional<classify::Labels> labels;  // of the frame at hand
  bool has_stream_start = false;
  bool needs_segment = true;
  bool needs_key_frame = true;
  bool is_discont = true;
  bool has_ended = false;
  GstClockTime key_requested = GST_CLOCK_TIME_NONE;
  GstSegment segment{};
  GstClockTime running_end = 0;  // of what was pushed, for pipelines that are not live

  bool is_recorded = false;
  RecordedTime recorded_time;
  GstClockTime position = GST_CLOCK_TIME_NONE;  // of the message at hand, in the recording

  Refusals refusals;
  bool warned_of_state = false;

  // The shortest way from capture to here in this session, in ns, clocks as they are.
  std::int64_t least_delay = std::numeric_limits<std::int64_t>::max();
  bool is_stale = false;

  State(LatentDecryptSettings s, seal::KeyRing r) : settings(std::move(s)), ring(std::move(r)) {}
};

LatentDecrypt::LatentDecrypt(GstElement* self) : Element(self) {
  sink_ = add_pad("sink");
  set_chain<&LatentDecrypt::chain>(sink_);
  set_event<&LatentDecrypt::sink_event>(sink_);
  src_ = add_pad("src");
  gst_pad_use_fixed_caps(src_);
}
LatentDecrypt::~LatentDecrypt() = default;

void LatentDecrypt::class_init(ClassInit<LatentDecrypt>& c) {
  c.sink(kSealedCaps).src(kLatentCaps);
  c.bind<&LatentDecrypt::change_state>(c.element->change_state);
}

Ptr<GstStructure> LatentDecrypt::stats() const {
  auto stats = make_stats(kInfo.name, {{"frames-opened", frames_opened_.value()},
                                       {"frames-lost", frames_lost_.value()},
                                       {"frames-skipped", frames_skipped_.value()},
                                       {"frames-stale", frames_stale_.value()},
                                       {"key-changes", key_changes_.value()},
                                       {"heartbeats", heartbeats_.value()},
                                       {"key-requests", key_requests_.value()}});
  gst_structure_set(stats.get(), "recorded", G_TYPE_BOOLEAN, static_cast<gboolean>(is_recorded_.load()), nullptr);
  const auto number = [&](Verdict verdict) { return verdicts_[static_cast<std::size_t>(verdict)].value(); };
  for (int i = static_cast<int>(Verdict::unknown_key); i < static_cast<int>(Verdict::count_); ++i)
    gst_structure_set(stats.get(), std::string(seal::name(static_cast<Verdict>(i))).c_str(), G_TYPE_UINT64,
                      static_cast<guint64>(number(static_cast<Verdict>(i))), nullptr);
  gst_structure_set(stats.get(), "sessions", G_TYPE_UINT64,
                    static_cast<guint64>(number(Verdict::new_session)), "announcements", G_TYPE_UINT64,
                    static_cast<guint64>(number(Verdict::new_session) + number(Verdict::new_key) +
                                         number(Verdict::announcement)),
                    nullptr);
  return stats;
}

GstStateChangeReturn LatentDecrypt::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED && !start()) return GST_STATE_CHANGE_FAILURE;
  const GstStateChangeReturn result = parent<LatentDecrypt>()->change_state(self(), change);
  const bool has_stopped = change == GST_STATE_CHANGE_PAUSED_TO_READY ||
                           (change == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE);
  if (has_stopped) state_.reset();
  return result;
}

bool LatentDecrypt::start() {
  for (Counter& counter : verdicts_) counter.set(0);
  for (Counter* counter : {&frames_opened_, &frames_lost_, &frames_skipped_, &frames_stale_, &heartbeats_,
                           &key_requests_, &key_changes_})
    counter->set(0);
  is_recorded_ = false;
  const auto made = [&]() -> Result<> {
    LatentDecryptSettings now = settings();
    LC_TRY(passphrase_.offer(now.passphrase_fd));
    auto ring = LC_TRY(seal::KeyRing::open(now.keyring));
    state_ = std::make_unique<State>(std::move(now), std::move(ring));
    return make_opener();
  }();
  if (!made) {
    state_.reset();
    post_error(element(), made.error());
    return false;
  }
  return true;
}

// A new one has accepted nothing yet: a recording may be seen again.
Result<> LatentDecrypt::make_opener() {
  State& s = *state_;
  seal::OpenerOptions options;
  options.device = s.settings.device;
  if (s.settings.stream_id >= 0) options.stream = static_cast<std::uint16_t>(s.settings.stream_id);
  options.is_recording = s.is_recorded;
  s.opener.emplace(LC_TRY(seal::Opener::create(s.ring, std::move(options))));
  s.devices = LC_TRY(s.ring.devices());
  s.opener->reload(s.devices);
  if (!seal::secrets_are_locked())
    GST_WARNING_OBJECT(self(), "keys could not be locked in memory and may reach swap; raise 'ulimit -l'");
  return {};
}

// A device that was taken off the list is not believed any more; nobody left on it is an order too.
void LatentDecrypt::look_at_devices(GstClockTime now) {
  State& s = *state_;
  if (!has_passed(s.looked, now, kLookInterval)) return;
  s.looked = now;
  auto devices = s.ring.devices(&s.parsed);
  if (!devices && devices.error().code == Errc::no_key) devices.emplace();
  if (!devices) {
    if (std::exchange(s.complaint, devices.error().text) != devices.error().text)
      post_warning(element(), Error{devices.error().code,
                                    devices.error().text + "; until that is mended the devices stay as they were"});
    return;
  }
  s.complaint.clear();
  if (*devices == s.devices) return;
  s.devices = *std::move(devices);
  if (s.opener->reload(s.devices)) GST_INFO_OBJECT(self(), "the device is not trusted any more");
}

gboolean LatentDecrypt::sink_event(GstPad* pad, GstEvent* raw) {
  Ptr<GstEvent> event{raw};
  switch (GST_EVENT_TYPE(raw)) {
    case GST_EVENT_CAPS:
      return set_sealed_caps(raw);
    case GST_EVENT_SEGMENT:
      if (state_ && state_->is_recorded) {
        const GstSegment* positions = nullptr;
        gst_event_parse_segment(raw, &positions);
        state_->recorded_time.set_positions(*positions);
        state_->needs_segment = true;
        if (!remake_opener()) return FALSE;  // who seeks or loops sees again what was seen
      }
      return TRUE;  // ours follow from what is inside the seal
    case GST_EVENT_STREAM_START:
      if (state_) state_->has_stream_start = true;
      break;
    case GST_EVENT_FLUSH_STOP:
      if (state_) {
        count(Verdict::unknown_key, state_->held.clear());
        state_->needs_segment = state_->needs_key_frame = state_->is_discont = true;
        state_->running_end = 0;
      }
      break;
    case GST_EVENT_EOS:
      if (state_) finish();
      break;
    default:
      break;
  }
  return gst_pad_event_default(pad, GST_OBJECT_CAST(element()), event.release());
}

bool LatentDecrypt::remake_opener() {
  const auto made = make_opener();
  if (!made) post_error(element(), made.error());
  return made.has_value();
}

// Ours follow from what is inside the seal; but whether messages may be old is upstream's to say.
bool LatentDecrypt::set_sealed_caps(GstEvent* event) {
  if (!state_) return false;
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  gboolean is_recorded = FALSE;
  gst_structure_get_boolean(gst_caps_get_structure(caps, 0), "recorded", &is_recorded);
  if (state_->is_recorded == (is_recorded != FALSE)) return true;
  is_recorded_ = state_->is_recorded = is_recorded != FALSE;
  return remake_opener();
}

void LatentDecrypt::finish() {
  State& s = *state_;
  count(Verdict::unknown_key, s.held.clear());
  // A live stream may open later; a recording that has ended will not.
  if (s.is_recorded && s.refusals.any() && frames_opened_.value() == 0)
    post_error(element(), s.refusals.blame("nothing in this recording could be opened", true));
}

GstFlowReturn LatentDecrypt::chain(GstPad*, GstBuffer* raw) {
  Ptr<GstBuffer> buffer{raw};
  if (!state_) return GST_FLOW_FLUSHING;
  if (state_->has_ended) return GST_FLOW_EOS;
  if (!state_->opener) return GST_FLOW_ERROR;
  const GstClockTime now = gst_util_get_timestamp();
  look_at_devices(now);
  count(Verdict::unknown_key, state_->held.expire(now));
  const GstFlowReturn flow = take(std::move(buffer), now);
  if (state_->opener) frames_lost_.set(state_->opener->lost());
  return flow;
}

GstFlowReturn LatentDecrypt::take(Ptr<GstBuffer> message, GstClockTime arrived) {
  State& s = *state_;
  s.position = GST_BUFFER_PTS(message.get());
  seal::Opened opened;
  Verdict verdict = Verdict::malformed;
  {
    const auto mapped = MappedBuffer::create(message.get());
    if (!mapped) return post_error(element(), mapped.error()), GST_FLOW_ERROR;
    const std::size_t size = mapped->span().size();
    if (size <= seal::kMaxMessageBytes && (!s.scratch || gst_buffer_get_size(s.scratch.get()) < size))
      s.scratch.reset(gst_buffer_new_allocate(nullptr, size, nullptr));
    if (size <= seal::kMaxMessageBytes && s.scratch) {
      auto out = MappedBuffer::create(s.scratch.get(), GST_MAP_WRITE);
      if (!out) return post_error(element(), out.error()), GST_FLOW_ERROR;
      const auto room = out->writable();
      verdict = s.opener->open(mapped->span(), room, opened);
      if (verdict == Verdict::opened) {
        // Views into the mapping become places in the buffer; the description is copied before it ends.
        const auto offset = static_cast<std::size_t>(opened.payload.data() - room.data());
        if (opened.is_current && opened.is_in_order && !opened.fields.description.empty() &&
            !set_caps(opened.fields.description))
          verdict = Verdict::malformed;
        if (verdict == Verdict::opened && opened.is_current && opened.is_in_order && !opened.fields.description.empty())
          note_record(opened.fields.record);
        opened.fields.description = opened.fields.record = {};
        s.labels.reset();
        if (!opened.fields.labels.empty())
          s.labels = classify::unpack_labels(opened.fields.labels, opened.fields.pts_ns.value_or(classify::kNoTime));
        opened.fields.labels = {};
        gst_buffer_resize(s.scratch.get(), static_cast<gssize>(offset),
                          static_cast<gssize>(opened.payload.size()));
      }
    }
  }
  switch (verdict) {
    case Verdict::opened:
      s.refusals.clear();
      note_key(opened);
      note_age(opened);
      return take_opened(std::move(s.scratch), opened);
    case Verdict::unknown_key:
      count(verdict, s.held.hold(std::move(message), arrived));
      refuse(verdict);
      return GST_FLOW_OK;
    case Verdict::new_session:
      begin_session();
      [[fallthrough]];
    case Verdict::new_key:
      count(verdict);
      return take_held();
    case Verdict::announcement:
      count(verdict);
      return GST_FLOW_OK;
    default:
      count(verdict);
      refuse(verdict);
      if (const auto kid = s.opener->take_alarm())
        post_warning(element(),
                     Error{Errc::refused,
                           fmt::format("{} messages under key {} had a wrong tag: somebody forges messages of "
                                       "this stream; what is shown is authentic, but look at who can send to this receiver",
                                       seal::Opener::kAlarmFailures, *kid)});
      return GST_FLOW_OK;
  }
}

// Those that waited for the key that has just come; whoever still waits is held again, with its age.
GstFlowReturn LatentDecrypt::take_held() {
  auto waiting = state_->held.take();
  for (auto& [arrived, message] : waiting)
    if (const auto flow = take(std::move(message), arrived); flow != GST_FLOW_OK) return flow;
  return GST_FLOW_OK;
}

void LatentDecrypt::begin_session() {
  State& s = *state_;
  s.needs_segment = s.needs_key_frame = s.is_discont = true;
  s.description.clear();
  s.least_delay = std::numeric_limits<std::int64_t>::max();
  const auto peer = s.opener->peer();
  GST_INFO_OBJECT(self(), "session of device '%s', stream %u, epoch %" G_GUINT64_FORMAT, peer->device.c_str(),
                  peer->stream, peer->epoch);
  post_message(element(), Ptr<GstStructure>{gst_structure_new(
                              "latentcast-session", "device", G_TYPE_STRING, peer->device.c_str(), "stream",
                              G_TYPE_UINT, static_cast<guint>(peer->stream), "epoch", G_TYPE_UINT64,
                              static_cast<guint64>(peer->epoch), "recorded", G_TYPE_BOOLEAN,
                              static_cast<gboolean>(s.is_recorded), nullptr)});
  if (!s.opener->state_problem().empty() && !std::exchange(s.warned_of_state, true))
    post_warning(element(),
                 Error{Errc::unavailable,
                       "the session's epoch could not be kept, so that after a restart this session "
                       "might be played again: " +
                           s.opener->state_problem()});
}

void LatentDecrypt::note_key(const seal::Opened& opened) {
  if (!opened.is_first_of_key || !opened.is_current) return;
  key_changes_.add();
  post_message(element(), Ptr<GstStructure>{gst_structure_new(
                              "latentcast-key", "generation", G_TYPE_UINT64,
                              static_cast<guint64>(seal::generation_of(opened.kid)), "step", G_TYPE_UINT64,
                              static_cast<guint64>(seal::step_of(opened.kid)), nullptr)});
}

// It stands beside each description.
void LatentDecrypt::note_record(std::string_view record) {
  if (state_->record == record) return;
  state_->record = record;
  const std::string text = record.empty() ? std::string("a record no longer comes with this stream")
                                          : fmt::format("a record of {} bytes comes with this stream", record.size());
  post_message(element(),
               Ptr<GstStructure>{gst_structure_new("latentcast-record", "record", G_TYPE_STRING, state_->record.c_str(),
                                                   "text", G_TYPE_STRING, text.c_str(), nullptr)});
}

void LatentDecrypt::note_age(const seal::Opened& opened) {
  State& s = *state_;
  if (s.settings.max_age == 0 || s.is_recorded || !opened.is_current ||
      opened.header.type != seal::MessageType::frame)
    return;
  const auto delay = static_cast<std::int64_t>(unix_time_now() - opened.header.capture_ns);  // of clocks that may differ
  s.least_delay = std::min(s.least_delay, delay);
  const auto age = static_cast<std::uint64_t>(delay) - static_cast<std::uint64_t>(s.least_delay);
  const bool is_stale = age > s.settings.max_age * GST_MSECOND;
  if (is_stale) frames_stale_.add();
  if (std::exchange(s.is_stale, is_stale) == is_stale) return;
  post_message(element(), Ptr<GstStructure>{gst_structure_new(
                              "latentcast-age", "stale", G_TYPE_BOOLEAN, static_cast<gboolean>(is_stale), "age-ms",
                              G_TYPE_UINT64, static_cast<guint64>(age / GST_MSECOND), nullptr)});
}

GstFlowReturn LatentDecrypt::take_opened(Ptr<GstBuffer> plain, const seal::Opened& opened) {
  switch (opened.header.type) {
    case seal::MessageType::frame:
      frames_opened_.add();
      if (opened.is_current && opened.is_in_order) return push_frame(std::move(plain), opened);
      frames_skipped_.add();  // of a segment that is over, or the picture would jump back
      return GST_FLOW_OK;
    case seal::MessageType::end:
      return opened.is_current ? take_end(opened) : GST_FLOW_OK;
    default:
      heartbeats_.add();
      return GST_FLOW_OK;
  }
}

GstFlowReturn LatentDecrypt::push_frame(Ptr<GstBuffer> plain, const seal::Opened& opened) {
  State& s = *state_;
  s.is_discont =
      s.is_discont || opened.lost_before > 0 || opened.fields.is_discont || opened.is_first_of_session;
  if (s.description.empty() || (s.needs_key_frame && !opened.header.is_key_frame)) {
    frames_skipped_.add();
    s.is_discont = true;
    request_key_frame();
    return GST_FLOW_OK;
  }
  const GstClockTime pts = opened.fields.pts_ns.value_or(GST_CLOCK_TIME_NONE);
  const bool has_position = s.is_recorded && s.recorded_time.has_positions() && GST_CLOCK_TIME_IS_VALID(pts) &&
                            GST_CLOCK_TIME_IS_VALID(s.position);
  if (has_position && s.recorded_time.measure(opened.header.session, pts, s.position)) s.needs_segment = true;
  if (s.needs_segment) {
    s.segment = has_position ? s.recorded_time.segment(opened.header.session) : live_segment(pts);
    if (!gst_pad_push_event(src_, gst_event_new_segment(&s.segment))) return GST_FLOW_ERROR;
  }
  s.needs_segment = s.needs_key_frame = false;

  GstBuffer* buffer = plain.get();
  GST_BUFFER_PTS(buffer) = pts;
  GST_BUFFER_DURATION(buffer) = opened.fields.duration_ns.value_or(GST_CLOCK_TIME_NONE);
  if (!opened.header.is_key_frame) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (std::exchange(s.is_discont, false)) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  set_capture_time(buffer, opened.header.capture_ns);
  if (s.labels) attach_labels(buffer, *s.labels);
  if (GST_CLOCK_TIME_IS_VALID(pts)) {
    const GstClockTime end = pts + opened.fields.duration_ns.value_or(0);
    const GstClockTime running = gst_segment_to_running_time(&s.segment, GST_FORMAT_TIME, end);
    if (GST_CLOCK_TIME_IS_VALID(running)) s.running_end = running;
  }
  return gst_pad_push(src_, plain.release());
}

GstFlowReturn LatentDecrypt::take_end(const seal::Opened& opened) {
  const auto peer = state_->opener->peer();
  post_message(element(), Ptr<GstStructure>{gst_structure_new(
                              "latentcast-session-end", "device", G_TYPE_STRING, peer->device.c_str(),
                              "stream", G_TYPE_UINT, static_cast<guint>(peer->stream), "messages",
                              G_TYPE_UINT64, static_cast<guint64>(opened.counter), nullptr)});
  if (!state_->settings.eos_on_end) return GST_FLOW_OK;
  state_->has_ended = true;
  gst_pad_push_event(src_, gst_event_new_eos());
  return GST_FLOW_EOS;
}

// False when the description is not one of ours.
bool LatentDecrypt::set_caps(std::string_view description) {
  State& s = *state_;
  if (s.description == description) return true;
  const Ptr<GstCaps> caps = parse_description(description);
  if (!caps) return false;
  GST_INFO_OBJECT(self(), "the stream is %" GST_PTR_FORMAT, static_cast<void*>(caps.get()));
  if (!std::exchange(s.has_stream_start, true)) {
    const Ptr<gchar> id{gst_pad_create_stream_id(src_, element(), nullptr)};
    gst_pad_push_event(src_, gst_event_new_stream_start(id.get()));
  }
  s.description = description;
  // A decoder that refuses says so itself, with the next buffer.
  gst_pad_push_event(src_, gst_event_new_caps(caps.get()));
  return true;
}

// Maps the first frame onto the running time of its arrival; in a pipeline that is not live, behind what was before.
GstSegment LatentDecrypt::live_segment(GstClockTime first_pts) {
  State& s = *state_;
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  const GstClockTime running_now = gst_element_get_current_running_time(element());
  gboolean is_live = FALSE;
  if (const Ptr<GstQuery> query{gst_query_new_latency()}; gst_pad_peer_query(sink_, query.get()))
    gst_query_parse_latency(query.get(), &is_live, nullptr, nullptr);
  segment.start = segment.time = segment.position = GST_CLOCK_TIME_IS_VALID(first_pts) ? first_pts : 0;
  segment.base = is_live && GST_CLOCK_TIME_IS_VALID(running_now) ? running_now : s.running_end;
  return segment;
}

void LatentDecrypt::request_key_frame() {
  const GstClockTime now = gst_util_get_timestamp();
  if (!has_passed(state_->key_requested, now, kKeyRequestInterval)) return;
  state_->key_requested = now;
  key_requests_.add();
  gst_pad_push_event(sink_, gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
}

void LatentDecrypt::count(Verdict verdict, std::uint64_t number) {
  verdicts_[static_cast<std::size_t>(verdict)].add(number);
}

// An element message for applications, but of keys that may come yet; and a warning for the person at the screen when
// messages come, and none opens. Now: a message that was held arrived long ago.
void LatentDecrypt::refuse(Verdict verdict) {
  State& s = *state_;
  const GstClockTime now = gst_util_get_timestamp();
  s.refusals.add(verdict);
  if (verdict != Verdict::unknown_key && s.refusals.is_report_due(verdict, now)) {
    const std::string reason(seal::name(verdict)), text(seal::explain(verdict));
    GST_DEBUG_OBJECT(self(), "refused: %s", reason.c_str());
    post_message(element(),
                 Ptr<GstStructure>{gst_structure_new(
                     "latentcast-refused", "reason", G_TYPE_STRING, reason.c_str(), "text", G_TYPE_STRING,
                     text.c_str(), "count", G_TYPE_UINT64,
                     static_cast<guint64>(verdicts_[static_cast<std::size_t>(verdict)].value()), nullptr)});
  }
  if (const auto warning = s.refusals.warning(now, s.settings.warn_after * GST_MSECOND, s.is_recorded))
    post_warning(element(), *warning);
}

}  // namespace lc::elements
