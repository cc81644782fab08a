#include "elements/latentencrypt.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "classify/labels_wire.h"
#include "elements/glue/capture_time.h"
#include "elements/glue/errors.h"
#include "elements/glue/labels_meta.h"
#include "seal/record_file.h"

#define GST_CAT_DEFAULT debug_category<LatentEncrypt>

namespace lc::elements {
namespace {

// A receiver that joins between two key frames learns the caps this often.
constexpr GstClockTime kDescribeEvery = GST_SECOND;
// How soon a change of the key ring is noticed.
constexpr std::chrono::milliseconds kLookEvery{250};
// A list may be empty for a moment while somebody writes it.
constexpr int kLooksAtNobody = 2;

std::optional<seal::Suite> suite_of(SuiteChoice choice) {
  switch (choice) {
    case SuiteChoice::automatic:
      break;
    case SuiteChoice::aes:
      return seal::Suite::aes_256_gcm;
    case SuiteChoice::chacha:
      return seal::Suite::chacha20_poly1305;
    case SuiteChoice::hedged:
      return seal::Suite::xchacha20_poly1305_hedged;
  }
  return std::nullopt;
}

// The stream lock of the sink pad.
class StreamLock {
 public:
  explicit StreamLock(GstPad* pad) : pad_(pad) { GST_PAD_STREAM_LOCK(pad_); }
  ~StreamLock() { GST_PAD_STREAM_UNLOCK(pad_); }
  StreamLock(const StreamLock&) = delete;
  StreamLock& operator=(const StreamLock&) = delete;

 private:
  GstPad* pad_;
};

std::int64_t seconds_now() { return static_cast<std::int64_t>(unix_time_now() / GST_SECOND); }

// First bytes of the latent-space id; zeros where the caps name none.
seal::ModelHint model_hint(const GstCaps* caps) {
  seal::ModelHint hint{};
  const char* text = gst_structure_get_string(gst_caps_get_structure(caps, 0), "latent-space");
  const auto bytes = from_hex(std::string_view(text ? text : "").substr(0, 2 * hint.size()));
  if (bytes && bytes->size() == hint.size()) std::memcpy(hint.data(), bytes->data(), hint.size());
  return hint;
}

}  // namespace

// Exists between READY and PAUSED. Everything but the timer's own members is guarded by the stream lock of
// the sink pad, which chain and serialised events hold and the timer takes.
struct LatentEncrypt::State {
  LatentEncryptSettings settings;
  seal::KeyRing ring;
  std::optional<seal::Sealer> sealer;  // none: after the end of a session
  bool has_failed = false;             // nobody is left to seal to; the error was posted
  std::string description;
  std::string record;
  Bytes labels;  // of the frame at hand
  seal::ModelHint model{};
  GstSegment segment{};
  bool has_segment = false;
  bool sent_caps = false;
  bool must_describe = true;
  bool is_discont = false;
  GstClockTime first_pts = GST_CLOCK_TIME_NONE;
  GstClockTime announced = GST_CLOCK_TIME_NONE, described = GST_CLOCK_TIME_NONE,
               last_sent = GST_CLOCK_TIME_NONE;

  std::mutex timer_mutex;
  std::condition_variable timer_wakes;
  bool timer_stops = false;
  std::thread timer;
  // The timer's: what it knows of the key ring.
  std::string rotation_token, complaint;
  seal::ParsedList<seal::PinnedReceiver> receivers;
  bool is_rotation_asked = false;
  int looks_at_nobody = 0;

  State(LatentEncryptSettings s, seal::KeyRing r)
      : settings(std::move(s)), ring(std::move(r)), rotation_token(ring.rotation_token()) {}

  void ask_timer_to_stop() {
    {
      const std::lock_guard lock(timer_mutex);
      timer_stops = true;
    }
    timer_wakes.notify_all();
  }
  void stop_timer() {
    ask_timer_to_stop();
    if (timer.joinable()) timer.join();
  }
};

LatentEncrypt::LatentEncrypt(GstElement* self) : Element(self) {
  sink_ = add_pad("sink");
  set_chain<&LatentEncrypt::chain>(sink_);
  set_event<&LatentEncrypt::sink_event>(sink_);
  src_ = add_pad("src");
  gst_pad_use_fixed_caps(src_);
}
LatentEncrypt::~LatentEncrypt() = default;

void LatentEncrypt::class_init(ClassInit<LatentEncrypt>& c) {
  c.sink(kLatentCaps).src(kSealedCaps);
  c.bind<&LatentEncrypt::change_state>(c.element->change_state);
  c.action<&LatentEncrypt::rotate>("rotate");
}

Ptr<GstStructure> LatentEncrypt::stats() const {
  return make_stats(kInfo.name, {{"frames-sealed", frames_sealed_.value()},
                                 {"bytes-sealed", bytes_sealed_.value()},
                                 {"announcements", announcements_.value()},
                                 {"heartbeats", heartbeats_.value()},
                                 {"sessions", sessions_.value()},
                                 {"rotations", rotations_.value()},
                                 {"generation", seal::generation_of(kid_.value())},
                                 {"ratchet-step", seal::step_of(kid_.value())},
                                 {"receivers", receivers_.value()}});
}

GstStateChangeReturn LatentEncrypt::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED && !start()) return GST_STATE_CHANGE_FAILURE;
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY && state_) state_->ask_timer_to_stop();
  const GstStateChangeReturn result = parent<LatentEncrypt>()->change_state(self(), change);
  const bool has_stopped = change == GST_STATE_CHANGE_PAUSED_TO_READY ||
                           (change == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE);
  if (has_stopped && state_) {  // the pads are inactive now: nobody but the timer uses it
    state_->stop_timer();
    state_.reset();  // and the key goes
  }
  return result;
}

bool LatentEncrypt::start() {
  for (Counter* counter :
       {&frames_sealed_, &bytes_sealed_, &announcements_, &heartbeats_, &sessions_, &rotations_, &kid_, &receivers_})
    counter->set(0);
  rotate_asked_ = false;
  const auto begun = [&]() -> Result<> {
    LatentEncryptSettings now = settings();
    LC_TRY(passphrase_.offer(now.passphrase_fd));
    auto ring = LC_TRY(seal::KeyRing::open(now.keyring));
    state_ = std::make_unique<State>(std::move(now), std::move(ring));
    return begin_session();
  }();
  if (!begun) {
    state_.reset();
    post_error(element(), begun.error());
    return false;
  }
  state_->timer = std::thread([this] { run_timer(); });
  return true;
}

Result<> LatentEncrypt::begin_session() {
  State& s = *state_;
  std::string record;
  if (!s.settings.record_file.empty()) record = LC_TRY(seal::load_record(s.settings.record_file));
  seal::SealerOptions options;
  options.stream = static_cast<std::uint16_t>(s.settings.stream_id);
  options.sign_frames = s.settings.sign_frames;
  options.padding = s.settings.padding;
  options.padding_size = s.settings.padding_size;
  options.suite = suite_of(s.settings.suite);
  options.rotation.ratchet_ms = std::uint64_t{1000} * s.settings.ratchet_interval;
  options.rotation.generation_ms = std::uint64_t{1000} * s.settings.rotate_interval;
  options.rotation.frames = s.settings.rotate_frames;
  options.rotation.bytes = s.settings.rotate_bytes;
  options.rotation.lead_ms = std::uint64_t{3} * std::max(1000u, s.settings.announce_interval);
  s.sealer.emplace(LC_TRY(seal::Sealer::create(s.ring, std::move(options))));
  s.record = std::move(record);  // with its session, and no earlier
  kid_.set(s.sealer->kid());
  receivers_.set(s.sealer->receivers());
  s.must_describe = true;
  s.first_pts = s.announced = GST_CLOCK_TIME_NONE;
  sessions_.add();
  GST_INFO_OBJECT(self(), "session %s of device '%s', epoch %" G_GUINT64_FORMAT ", %s, %zu receivers",
                  to_hex(s.sealer->session()).substr(0, 8).c_str(), s.sealer->device().name.c_str(),
                  s.sealer->epoch(), std::string(seal::to_string(s.sealer->suite())).c_str(),
                  s.sealer->receivers());
  if (!seal::secrets_are_locked())
    GST_WARNING_OBJECT(self(), "keys could not be locked in memory and may reach swap; raise 'ulimit -l'");
  return {};
}

gboolean LatentEncrypt::sink_event(GstPad* pad, GstEvent* raw) {
  Ptr<GstEvent> event{raw};
  switch (GST_EVENT_TYPE(raw)) {
    case GST_EVENT_CAPS: {
      GstCaps* caps = nullptr;
      gst_event_parse_caps(raw, &caps);
      return set_caps(caps);
    }
    case GST_EVENT_SEGMENT:
      if (state_) {
        gst_event_copy_segment(raw, &state_->segment);
        state_->has_segment = true;
      }
      break;
    case GST_EVENT_FLUSH_STOP:
    case GST_EVENT_STREAM_START:
      restart_session();
      break;
    case GST_EVENT_EOS:
      end_session();
      break;
    default:
      break;
  }
  return gst_pad_event_default(pad, GST_OBJECT_CAST(element()), event.release());
}

// The caps of what goes in are sealed; what goes out has none but its type.
bool LatentEncrypt::set_caps(const GstCaps* caps) {
  if (!state_) return false;
  State& s = *state_;
  const Ptr<gchar> text{gst_caps_to_string(caps)};
  if (std::strlen(text.get()) > seal::kMaxDescriptionBytes) {
    post_error(element(), Error{Errc::unsupported,
                                fmt::format("the caps of the stream are {} characters long, at most {} fit",
                                            std::strlen(text.get()), seal::kMaxDescriptionBytes)});
    return false;
  }
  s.must_describe = s.must_describe || s.description != text.get();
  s.description = text.get();
  s.model = model_hint(caps);
  if (std::exchange(s.sent_caps, true)) return true;
  const Ptr<GstCaps> sealed{gst_caps_from_string(kSealedCaps)};
  return gst_pad_push_event(src_, gst_event_new_caps(sealed.get()));
}

// What whoever joins now has to know.
void LatentEncrypt::describe(seal::Fields& fields) const {
  fields.description = state_->description;
  fields.record = state_->record;
}

// A message in a buffer of its own; `seal` writes it and says how long it is.
template <class Seal>
Result<Ptr<GstBuffer>> LatentEncrypt::make_message(std::size_t payload, Seal&& seal) {
  Ptr<GstBuffer> buffer{gst_buffer_new_allocate(nullptr, state_->sealer->size_limit(payload), nullptr)};
  if (!buffer) return fail(Errc::unavailable, "no memory for a frame of {} bytes", payload);
  std::size_t size = 0;
  {
    auto mapped = LC_TRY(MappedBuffer::create(buffer.get(), GST_MAP_WRITE));
    size = LC_TRY(seal(*state_->sealer, mapped.writable()));
  }
  gst_buffer_set_size(buffer.get(), static_cast<gssize>(size));
  bytes_sealed_.add(size);
  state_->last_sent = gst_util_get_timestamp();
  return buffer;
}

GstFlowReturn LatentEncrypt::push_header(Result<Ptr<GstBuffer>> message) {
  if (!message) {
    post_error(element(), message.error());
    return GST_FLOW_ERROR;
  }
  GST_BUFFER_FLAG_SET(message->get(), GST_BUFFER_FLAG_HEADER);
  return gst_pad_push(src_, message->release());
}

// Of the key that comes next, if it is announced already, and of the one in use.
GstFlowReturn LatentEncrypt::send_announcement() {
  seal::Sealer& sealer = *state_->sealer;
  for (const auto of : {&seal::Sealer::next_announcement, &seal::Sealer::announcement}) {
    const auto announcement = (sealer.*of)();
    if (!announcement) return push_header(tl::unexpected<Error>(announcement.error()));
    if (announcement->empty()) continue;
    Ptr<GstBuffer> buffer{gst_buffer_new_memdup(announcement->data(), announcement->size())};
    bytes_sealed_.add(announcement->size());
    announcements_.add();
    if (const auto flow = push_header(std::move(buffer)); flow != GST_FLOW_OK) return flow;
  }
  kid_.set(sealer.kid());
  return GST_FLOW_OK;
}

// Whatever the clock asks for: an announcement, and a heartbeat if nothing else went out for long.
GstFlowReturn LatentEncrypt::send_due(GstClockTime now, bool is_timer) {
  State& s = *state_;
  if (!s.sealer || !s.has_segment || !s.sent_caps) return GST_FLOW_OK;
  if (!GST_CLOCK_TIME_IS_VALID(s.announced) ||
      now - s.announced >= s.settings.announce_interval * GST_MSECOND) {
    s.announced = now;
    if (const auto flow = send_announcement(); flow != GST_FLOW_OK) return flow;
  }
  const bool is_quiet = GST_CLOCK_TIME_IS_VALID(s.last_sent) && s.settings.heartbeat_interval > 0 &&
                        now - s.last_sent >= s.settings.heartbeat_interval * GST_MSECOND;
  if (!is_timer || !is_quiet) return GST_FLOW_OK;
  heartbeats_.add();
  seal::Fields fields;
  describe(fields);
  return push_header(make_message(0, [&](seal::Sealer& sealer, std::span<std::byte> out) {
    return sealer.seal_heartbeat(unix_time_now(), fields, out);
  }));
}

void LatentEncrypt::run_timer() {
  State& s = *state_;
  const unsigned beat = s.settings.heartbeat_interval;
  const auto period = std::min(
      kLookEvery,
      std::chrono::milliseconds(std::max(1u, std::min(s.settings.announce_interval, beat > 0 ? beat : 60000) / 2)));
  auto looked = std::chrono::steady_clock::now();
  std::unique_lock lock(s.timer_mutex);
  while (!s.timer_wakes.wait_for(lock, period, [&] { return s.timer_stops; })) {
    lock.unlock();
    if (const auto now = std::chrono::steady_clock::now(); now - looked >= kLookEvery) {
      looked = now;
      detail::guarded<LatentEncrypt, void>(self(), [](LatentEncrypt& e) { e.change_keys(); });
    }
    {
      const StreamLock stream(sink_);
      // A flow that is not OK is for the streaming thread to report; here it only means that nobody takes it
      // now.
      detail::guarded<LatentEncrypt, GstFlowReturn>(
          self(), [](LatentEncrypt& e) { return e.send_due(gst_util_get_timestamp(), true); });
    }
    lock.lock();
  }
}

// In the timer's thread: files are read and boxes made without the lock, so that frames go on meanwhile.
void LatentEncrypt::change_keys() {
  State& s = *state_;
  const auto receivers = s.ring.receivers(seconds_now(), &s.receivers);
  if (!receivers) return list_failed(receivers.error());
  s.looks_at_nobody = 0;
  std::string token = s.ring.rotation_token();
  if (rotate_asked_.exchange(false) || token != s.rotation_token) s.is_rotation_asked = true;
  s.rotation_token = std::move(token);

  auto change = plan_change(*receivers);
  const auto made = !change                ? tl::unexpected<Error>(change.error())
                    : change->has_value() ? (*change)->make()
                                          : Result<>();
  if (!made) return complain(made.error());  // and tries again
  s.complaint.clear();
  if (*change) take_change(*std::move(*change));
}

Result<std::optional<seal::KeyChange>> LatentEncrypt::plan_change(const std::vector<seal::PinnedReceiver>& receivers) {
  const StreamLock lock(sink_);
  State& s = *state_;
  if (!s.sealer) return std::nullopt;
  auto change = s.sealer->plan(receivers, s.is_rotation_asked);
  if (change || change.error().code != Errc::unsupported) return change;
  LC_TRY(begin_session());  // with a cipher that the new ones have
  return std::nullopt;
}

void LatentEncrypt::take_change(seal::KeyChange change) {
  const StreamLock lock(sink_);
  State& s = *state_;
  const auto reason = change.reason();
  const auto kid = change.kid();
  if (!s.sealer || !s.sealer->take(std::move(change))) return;
  s.is_rotation_asked = false;
  rotations_.add();
  receivers_.set(s.sealer->receivers());
  s.announced = GST_CLOCK_TIME_NONE;  // now, and ahead of the next frame
  send_due(gst_util_get_timestamp(), false);
  post_message(element(),
               Ptr<GstStructure>{gst_structure_new(
                   "latentcast-rotation", "reason", G_TYPE_STRING, std::string(seal::to_string(reason)).c_str(),
                   "generation", G_TYPE_UINT64, static_cast<guint64>(seal::generation_of(kid)), "receivers", G_TYPE_UINT,
                   static_cast<guint>(s.sealer->receivers()), nullptr)});
}

// Nobody to seal to is an order; a line that nobody can read is a mistake, and not yet in force.
void LatentEncrypt::list_failed(const Error& error) {
  State& s = *state_;
  if (error.code == Errc::no_key && ++s.looks_at_nobody < kLooksAtNobody) return;
  if (error.code == Errc::no_key) {
    {
      const StreamLock lock(sink_);
      if (!s.sealer) return;
      s.sealer.reset();
      s.has_failed = true;
    }
    post_error(element(), error);
  } else {
    complain({error.code, error.text + "; until that is mended the receivers stay as they were"});
  }
}

// A warning, not again with every look at the key ring.
void LatentEncrypt::complain(Error error) {
  if (std::exchange(state_->complaint, error.text) != error.text) post_warning(element(), std::move(error));
}

GstFlowReturn LatentEncrypt::chain(GstPad*, GstBuffer* raw) {
  Ptr<GstBuffer> buffer{raw};
  if (!state_ || state_->description.empty()) return GST_FLOW_NOT_NEGOTIATED;
  if (state_->has_failed) return GST_FLOW_ERROR;
  if (!state_->sealer) return GST_FLOW_EOS;
  if (const auto flow = send_due(gst_util_get_timestamp(), false); flow != GST_FLOW_OK) return flow;
  auto sealed = seal(buffer.get());
  if (!sealed) {
    post_error(element(), sealed.error());
    return GST_FLOW_ERROR;
  }
  frames_sealed_.add();
  return gst_pad_push(src_, sealed->release());
}

Result<Ptr<GstBuffer>> LatentEncrypt::seal(GstBuffer* buffer) {
  State& s = *state_;
  const GstClockTime now = gst_util_get_timestamp(), pts = GST_BUFFER_PTS(buffer);
  seal::FrameInfo info;
  info.is_key_frame = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  const auto captured = capture_time(buffer);
  info.capture_ns = captured ? *captured : estimate_capture_time(element(), &s.segment, pts);
  info.model = s.model;

  seal::Fields fields;
  if (GST_CLOCK_TIME_IS_VALID(pts)) {
    if (!GST_CLOCK_TIME_IS_VALID(s.first_pts)) s.first_pts = pts;
    fields.pts_ns = pts > s.first_pts ? pts - s.first_pts : 0;
  }
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) fields.duration_ns = GST_BUFFER_DURATION(buffer);
  fields.is_discont = GST_BUFFER_IS_DISCONT(buffer);
  if (info.is_key_frame || s.must_describe || now - s.described >= kDescribeEvery) {
    describe(fields);
    s.must_describe = false;
    s.described = now;
  }
  if (const auto labels = s.settings.labels ? labels_of(buffer) : std::nullopt) {
    classify::pack_labels(*labels, pts, seal::kMaxLabelsBytes, s.labels);
    fields.labels = s.labels;
  }
  const auto payload = LC_TRY(MappedBuffer::create(buffer));
  auto sealed =
      LC_TRY(make_message(payload.span().size(), [&](seal::Sealer& sealer, std::span<std::byte> out) {
        return sealer.seal_frame(info, fields, payload.span(), out);
      }));
  gst_buffer_copy_into(sealed.get(), buffer,
                       static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS), 0,
                       G_MAXSIZE);
  set_capture_time(sealed.get(), info.capture_ns);
  return sealed;
}

// The last message of the session says that nothing follows, so that a cut-off stream can be told from a
// finished one.
void LatentEncrypt::end_session() {
  if (!state_ || !state_->sealer || !state_->has_segment || !state_->sent_caps) return;
  if (send_due(gst_util_get_timestamp(), false) != GST_FLOW_OK) return;
  (void)push_header(make_message(0, [](seal::Sealer& sealer, std::span<std::byte> out) {
    return sealer.seal_end(unix_time_now(), out);
  }));
  state_->sealer.reset();
}

// After a flush or an end, PTS begin anew; so does the session, with new keys.
void LatentEncrypt::restart_session() {
  if (!state_ || state_->has_failed) return;
  state_->has_segment = false;                                                // the next one follows
  if (state_->sealer && !GST_CLOCK_TIME_IS_VALID(state_->first_pts)) return;  // nothing was sealed yet
  if (const auto begun = begin_session(); !begun) {
    state_->sealer.reset();
    post_error(element(), begun.error());
  }
}

}  // namespace lc::elements
