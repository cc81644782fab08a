#include "elements/latentdemux.h"

#include <algorithm>

#include "elements/glue/errors.h"
#include "elements/glue/sealed_buffer.h"
#include "seal/key_file.h"

#define GST_CAT_DEFAULT debug_category<LatentDemux>

namespace lc::elements {
namespace {

constexpr std::size_t kBlock = std::size_t{64} << 10;  // pulled at once
// The sender's PTS and the capture times that we go by may differ a little around the start of a session.
constexpr GstClockTime kSeekMargin = 500 * GST_MSECOND;
constexpr int kMaxReports = 20;  // of damage, one by one; the sum comes at the end

}  // namespace

// Exists between READY and PAUSED. The streaming thread's, and whoever holds the stream lock of the sink pad.
struct LatentDemux::State {
  Bytes sender;
  std::optional<seal::PublicKey> recorder;           // who must have signed it
  std::optional<recording::RecordingFile> file;  // in pull mode, once it was opened
  recording::MessageReader reader;
  int reports = 0;  // of damage
  bool is_refused = false;
  std::uint64_t unsigned_told = 0;  // messages

  void begin_reading() {
    reader = {};
    is_refused = false;
    unsigned_told = 0;
    if (recorder) reader.expect(*recorder);
  }

  GstSegment segment{};
  guint32 seqnum = GST_SEQNUM_INVALID;
  bool has_begun = false, needs_segment = true, is_discont = true;
};

LatentDemux::LatentDemux(GstElement* self) : Element(self) {
  sink_ = add_pad("sink");
  set_activate<&LatentDemux::activate>(sink_);
  set_activate_mode<&LatentDemux::activate_mode>(sink_);
  set_chain<&LatentDemux::chain>(sink_);
  set_event<&LatentDemux::sink_event>(sink_);
  src_ = add_pad("src");
  gst_pad_use_fixed_caps(src_);
  set_event<&LatentDemux::src_event>(src_);
  set_query<&LatentDemux::src_query>(src_);
}
LatentDemux::~LatentDemux() = default;

void LatentDemux::class_init(ClassInit<LatentDemux>& c) {
  c.sink(kRecordingCaps).src(kSealedCaps);
  c.bind<&LatentDemux::change_state>(c.element->change_state);
}

Ptr<GstStructure> LatentDemux::stats() const {
  return make_stats(kInfo.name, {{"messages", messages_.value()},
                                 {"frames", frames_.value()},
                                 {"damaged-bytes", damaged_bytes_.value()},
                                 {"missing-records", missing_records_.value()},
                                 {"checkpoints", checkpoints_.value()}});
}

GstStateChangeReturn LatentDemux::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED && !start()) return GST_STATE_CHANGE_FAILURE;
  const auto result = parent<LatentDemux>()->change_state(self(), change);
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (change == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE)) {
    GST_PAD_STREAM_LOCK(sink_);  // an application may be seeking
    state_.reset();
    GST_PAD_STREAM_UNLOCK(sink_);
  }
  return result;
}

bool LatentDemux::start() {
  for (Counter* counter : {&messages_, &frames_, &damaged_bytes_, &missing_records_, &checkpoints_}) counter->set(0);
  duration_ = GST_CLOCK_TIME_NONE;
  position_ = 0;
  auto sender = from_hex(setting(&LatentDemuxSettings::sender));
  if (!sender || sender->size() > std::tuple_size_v<recording::Sender>) {
    post_error(element(), Error{Errc::invalid_config, "sender: at most 20 hex digits are expected, two for each byte"});
    return false;
  }
  auto state = std::make_unique<State>();
  if (const auto file = setting(&LatentDemuxSettings::recorder); !file.empty()) {
    const auto recorder = seal::load_public_key(file);
    if (!recorder) return post_error(element(), recorder.error()), false;
    state->recorder = recorder->key;
  }
  state->begin_reading();
  state_ = std::move(state);
  state_->sender = *std::move(sender);
  gst_segment_init(&state_->segment, GST_FORMAT_TIME);
  return true;
}

gboolean LatentDemux::activate(GstPad* pad) {
  const Ptr<GstQuery> query{gst_query_new_scheduling()};
  const bool can_pull =
      gst_pad_peer_query(pad, query.get()) &&
      gst_query_has_scheduling_mode_with_flags(query.get(), GST_PAD_MODE_PULL, GST_SCHEDULING_FLAG_SEEKABLE);
  return gst_pad_activate_mode(pad, can_pull ? GST_PAD_MODE_PULL : GST_PAD_MODE_PUSH, TRUE);
}

gboolean LatentDemux::activate_mode(GstPad* pad, GstPadMode mode, gboolean active) {
  if (mode != GST_PAD_MODE_PULL) return mode == GST_PAD_MODE_PUSH;
  if (active) start_task();
  return active ? TRUE : gst_pad_stop_task(pad);
}

void LatentDemux::start_task() {
  gst_pad_start_task(
      sink_, [](gpointer self) { detail::guarded<LatentDemux, void>(self, [](LatentDemux& demux) { demux.loop(); }); },
      self(), nullptr);
}

// Pull mode.

Result<> LatentDemux::open_file() {
  gint64 size = 0;
  if (!gst_pad_peer_query_duration(sink_, GST_FORMAT_BYTES, &size) || size < 0)
    return fail(Errc::unavailable, "the source does not say how long the recording is");
  const auto read = [this](std::uint64_t offset, std::span<std::byte> out) -> Result<std::size_t> {
    GstBuffer* pulled = nullptr;
    const auto flow = gst_pad_pull_range(sink_, offset, static_cast<guint>(out.size()), &pulled);
    if (flow == GST_FLOW_EOS) return std::size_t{0};
    if (flow != GST_FLOW_OK)
      return fail(Errc::unavailable, "the recording cannot be read: {}", gst_flow_get_name(flow));
    const Ptr<GstBuffer> buffer{pulled};
    return std::size_t{gst_buffer_extract(pulled, 0, out.data(), out.size())};
  };
  state_->file.emplace(LC_TRY(recording::RecordingFile::open(read, static_cast<std::uint64_t>(size))));
  duration_ = state_->segment.duration = state_->file->duration();
  gst_element_post_message(element(), gst_message_new_duration_changed(GST_OBJECT_CAST(element())));
  if (const auto early = state_->file->ended_early(); early > 0) {
    const std::string text = fmt::format(
        "the recording ended early{}: it is shown as far as it goes",
        state_->file->sections() > 1 ? fmt::format(" in {} of its {} sections", early, state_->file->sections()) : "");
    post_message(element(), Ptr<GstStructure>{gst_structure_new("latentcast-ended-early", "text", G_TYPE_STRING,
                                                                text.c_str(), nullptr)});
  }
  return {};
}

void LatentDemux::loop() {
  const auto flow = state_ ? pull_and_push() : GST_FLOW_FLUSHING;
  if (flow == GST_FLOW_OK) return;
  gst_pad_pause_task(sink_);
  if (flow != GST_FLOW_FLUSHING) end_stream(flow);
}

GstFlowReturn LatentDemux::pull_and_push() {
  State& s = *state_;
  if (!s.file) {
    if (const auto opened = open_file(); !opened) {
      if (GST_PAD_IS_FLUSHING(sink_)) return GST_FLOW_FLUSHING;
      post_error(element(), opened.error());
      return GST_FLOW_ERROR;
    }
  }
  begin_stream(true);
  GstBuffer* pulled = nullptr;
  const auto size = static_cast<guint>(std::max(kBlock, s.reader.wanted()));
  const auto flow = gst_pad_pull_range(sink_, s.reader.end(), size, &pulled);
  if (flow == GST_FLOW_EOS) {
    const auto last = push_messages(true);
    return last == GST_FLOW_OK ? GST_FLOW_EOS : last;
  }
  if (flow != GST_FLOW_OK) return flow;
  const Ptr<GstBuffer> buffer{pulled};
  feed(pulled);
  return push_messages(false);
}

// Downstream hears of the end, or why there is none.
void LatentDemux::end_stream(GstFlowReturn flow) {
  State& s = *state_;
  note_damage(s.reader.end());
  sum_damage();
  if (flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS) {
    // Whoever answered GST_FLOW_ERROR has posted its error.
    if (flow != GST_FLOW_ERROR)
      post_error(element(),
                 Error{Errc::backend, fmt::format("the recording cannot be passed on: {}", gst_flow_get_name(flow))});
  } else if (s.segment.flags & GST_SEGMENT_FLAG_SEGMENT) {
    const auto stop =
        static_cast<gint64>(GST_CLOCK_TIME_IS_VALID(s.segment.stop) ? s.segment.stop : s.segment.duration);
    gst_element_post_message(element(),
                             gst_message_new_segment_done(GST_OBJECT_CAST(element()), GST_FORMAT_TIME, stop));
    gst_pad_push_event(src_, gst_event_new_segment_done(GST_FORMAT_TIME, stop));
    return;
  }
  Ptr<GstEvent> eos{gst_event_new_eos()};
  if (s.seqnum != GST_SEQNUM_INVALID) gst_event_set_seqnum(eos.get(), s.seqnum);
  gst_pad_push_event(src_, eos.release());
}

gboolean LatentDemux::seek(GstEvent* event) {
  gdouble rate = 1;
  GstFormat format = GST_FORMAT_UNDEFINED;
  GstSeekFlags flags = GST_SEEK_FLAG_NONE;
  GstSeekType start_type = GST_SEEK_TYPE_NONE, stop_type = GST_SEEK_TYPE_NONE;
  gint64 start = 0, stop = 0;
  gst_event_parse_seek(event, &rate, &format, &flags, &start_type, &start, &stop_type, &stop);
  if (GST_PAD_MODE(sink_) != GST_PAD_MODE_PULL || format != GST_FORMAT_TIME || rate <= 0) return FALSE;

  const bool flushes = flags & GST_SEEK_FLAG_FLUSH;
  const guint32 seqnum = gst_event_get_seqnum(event);
  const auto flush = [&](GstEvent* raw) {
    gst_event_set_seqnum(raw, seqnum);
    gst_pad_push_event(sink_, gst_event_ref(raw));
    gst_pad_push_event(src_, raw);
  };
  if (flushes)
    flush(gst_event_new_flush_start());
  else
    gst_pad_pause_task(sink_);
  GST_PAD_STREAM_LOCK(sink_);  // the task has left its loop
  bool done = state_ != nullptr;
  if (done) {
    GstSegment segment = state_->segment;
    segment.position = position_;
    done = gst_segment_do_seek(&segment, rate, format, flags, start_type, static_cast<guint64>(start), stop_type,
                               static_cast<guint64>(stop), nullptr);
    if (flushes) {
      flush(gst_event_new_flush_stop(TRUE));
      state_->needs_segment = state_->is_discont = true;
    }
    if (done) {
      const GstSegment before = state_->segment;
      state_->segment = segment;
      state_->seqnum = seqnum;
      if (const auto jumped = jump_to(segment.position, flags & GST_SEEK_FLAG_KEY_UNIT); !jumped) {
        GST_WARNING_OBJECT(self(), "%s", jumped.error().text.c_str());
        state_->segment = before;
        done = false;
      }
    }
  }
  if (state_) start_task();
  GST_PAD_STREAM_UNLOCK(sink_);
  return done;
}

// The next record that is read is one from which `position` can be shown.
Result<> LatentDemux::jump_to(std::uint64_t position, bool wants_key_frame) {
  State& s = *state_;
  if (!s.file) {
    LC_TRY(open_file());
  }
  const std::uint64_t margin = wants_key_frame ? 0 : kSeekMargin;
  const auto landing = LC_TRY(s.file->find(position > margin ? position - margin : 0, s.sender));
  if (wants_key_frame) s.segment.start = s.segment.time = s.segment.position = landing.position;
  s.reader.jump(landing);
  s.needs_segment = s.is_discont = true;
  position_ = s.segment.position;
  return {};
}

// Both modes.

void LatentDemux::feed(GstBuffer* buffer) {
  const auto room = state_->reader.feed(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, room.data(), room.size());
}

// All messages that are there.
GstFlowReturn LatentDemux::push_messages(bool is_last) {
  State& s = *state_;
  GstFlowReturn flow = GST_FLOW_OK;
  while (flow == GST_FLOW_OK) {
    const auto message = s.reader.next(is_last);
    if (is_refused()) return GST_FLOW_ERROR;
    if (!message) break;
    note_damage(message->offset);
    const recording::Sender sender = recording::sender_of(message->header);
    if (!std::equal(s.sender.begin(), s.sender.end(), sender.begin())) continue;
    const bool is_beyond = GST_CLOCK_TIME_IS_VALID(s.segment.stop) && message->position >= s.segment.stop;
    flow = is_beyond ? GST_FLOW_EOS : push_message(*message);
  }
  return flow;
}

// One error, if checkpoints say that this is not what was recorded; or do not tell, and somebody must have signed it.
bool LatentDemux::is_refused() {
  const recording::Checkpoints& said = state_->reader.checkpoints();
  checkpoints_.set(said.good);
  const bool is_untold = state_->recorder && said.damaged > 0;
  if (said.altered == 0 && !is_untold) {
    warn_of_unsigned();
    return false;
  }
  if (std::exchange(state_->is_refused, true)) return true;
  const double at = static_cast<double>(said.fault_at) / 1e9;
  const std::string text =
      said.altered > 0
          ? fmt::format("the recording is not what its recorder signed: before {:.1f} s messages or checkpoints were "
                        "taken away, exchanged or brought in; latentcast inspect tells more",
                        at)
          : fmt::format("records or checkpoints are missing before {:.1f} s, so nobody can tell whether what is there is "
                        "what the recorder signed; latentcast inspect tells more, and without recorder= it is shown",
                        at);
  post_error(element(), Error{Errc::refused, text});
  return true;
}

// At the end of a section that is not refused: what a recorder that died had not signed yet.
void LatentDemux::warn_of_unsigned() {
  State& s = *state_;
  const std::uint64_t messages = s.reader.checkpoints().unverified;
  const std::uint64_t more = messages - std::exchange(s.unsigned_told, messages);
  if (!s.recorder || more == 0) return;
  post_warning(element(), Error{Errc::refused, fmt::format("the last {} messages before here, or at the end, are not "
                                                           "signed, as where a recorder is stopped hard: nobody can "
                                                           "tell whether they are its own",
                                                           more)});
}

GstFlowReturn LatentDemux::push_message(const recording::RecordedMessage& message) {
  State& s = *state_;
  if (std::exchange(s.needs_segment, false)) {
    Ptr<GstEvent> segment{gst_event_new_segment(&s.segment)};
    if (s.seqnum != GST_SEQNUM_INVALID) gst_event_set_seqnum(segment.get(), s.seqnum);
    gst_pad_push_event(src_, segment.release());
  }
  Ptr<GstBuffer> buffer{gst_buffer_new_memdup(message.bytes.data(), message.bytes.size())};
  const bool is_frame = message.header.type == seal::MessageType::frame;
  mark_message(buffer.get(), is_frame, message.header.is_key_frame);
  GST_BUFFER_PTS(buffer.get()) = message.position;
  if (std::exchange(s.is_discont, false)) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
  messages_.add();
  if (is_frame) frames_.add();
  position_ = std::max(message.position, s.segment.start);
  return gst_pad_push(src_, buffer.release());
}

// Of what lies before `offset` and was not told yet.
void LatentDemux::note_damage(std::uint64_t offset) {
  State& s = *state_;
  const recording::Damage damage = s.reader.take_damage();
  if (!damage) return;
  damaged_bytes_.add(damage.bytes);
  missing_records_.add(damage.records);
  s.is_discont = true;
  if (++s.reports > kMaxReports) return;
  const std::string text =
      fmt::format("the recording is damaged before offset {}: {} bytes unreadable, {} records missing", offset,
                  damage.bytes, damage.records);
  post_damage(damage.bytes, damage.records, text);
}

// What was not told one by one.
void LatentDemux::sum_damage() {
  if (std::exchange(state_->reports, 0) <= kMaxReports) return;
  const std::uint64_t bytes = damaged_bytes_.value(), records = missing_records_.value();
  post_damage(bytes, records,
              fmt::format("the recording is damaged in more places: {} bytes unreadable, {} records missing in all",
                          bytes, records));
}

void LatentDemux::post_damage(std::uint64_t bytes, std::uint64_t records, const std::string& text) {
  GST_INFO_OBJECT(self(), "%s", text.c_str());
  post_message(element(),
               Ptr<GstStructure>{gst_structure_new(
                   "latentcast-damage", "bytes", G_TYPE_UINT64, static_cast<guint64>(bytes), "records", G_TYPE_UINT64,
                   static_cast<guint64>(records), "text", G_TYPE_STRING, text.c_str(), nullptr)});
}

void LatentDemux::begin_stream(bool is_recorded) {
  if (std::exchange(state_->has_begun, true)) return;
  const Ptr<gchar> id{gst_pad_create_stream_id(src_, element(), nullptr)};
  gst_pad_push_event(src_, gst_event_new_stream_start(id.get()));
  const Ptr<GstCaps> caps{gst_caps_from_string(is_recorded ? kRecordedSealedCaps : kSealedCaps)};
  gst_pad_push_event(src_, gst_event_new_caps(caps.get()));
}

// Push mode.

GstFlowReturn LatentDemux::chain(GstPad*, GstBuffer* raw) {
  const Ptr<GstBuffer> buffer{raw};
  if (!state_) return GST_FLOW_FLUSHING;
  if (!state_->has_begun) {
    // Bytes from a live source may be anybody's old ones.
    gboolean is_live = FALSE;
    const Ptr<GstQuery> query{gst_query_new_latency()};
    if (gst_pad_peer_query(sink_, query.get())) gst_query_parse_latency(query.get(), &is_live, nullptr, nullptr);
    begin_stream(!is_live);
  }
  feed(raw);
  return push_messages(false);
}

gboolean LatentDemux::sink_event(GstPad* pad, GstEvent* raw) {
  Ptr<GstEvent> event{raw};
  switch (GST_EVENT_TYPE(raw)) {
    case GST_EVENT_STREAM_START:
    case GST_EVENT_CAPS:
    case GST_EVENT_SEGMENT:
      return TRUE;  // ours follow from what is inside
    case GST_EVENT_EOS:
      if (!state_) break;
      push_messages(true);  // its flow was heard of already, or is at its end
      note_damage(state_->reader.end());
      sum_damage();
      if (state_->reader.sections() == 0 && messages_.value() == 0)
        post_error(element(), Error{Errc::bad_format, "this is no recording: a .lcr file is one that latentmux wrote"});
      break;
    case GST_EVENT_FLUSH_STOP:
      if (!state_) break;
      state_->begin_reading();
      state_->needs_segment = state_->is_discont = true;
      break;
    default:
      break;
  }
  return gst_pad_event_default(pad, GST_OBJECT_CAST(element()), event.release());
}

gboolean LatentDemux::src_event(GstPad* pad, GstEvent* raw) {
  Ptr<GstEvent> event{raw};
  if (GST_EVENT_TYPE(raw) == GST_EVENT_SEEK) return seek(raw);
  return gst_pad_event_default(pad, GST_OBJECT_CAST(element()), event.release());
}

gboolean LatentDemux::src_query(GstPad* pad, GstQuery* query) {
  GstFormat format = GST_FORMAT_UNDEFINED;
  const std::uint64_t duration = duration_;
  const bool is_pull = GST_PAD_MODE(sink_) == GST_PAD_MODE_PULL;
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_DURATION:
      gst_query_parse_duration(query, &format, nullptr);
      if (format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID(duration)) return FALSE;
      gst_query_set_duration(query, GST_FORMAT_TIME, static_cast<gint64>(duration));
      return TRUE;
    case GST_QUERY_POSITION:
      gst_query_parse_position(query, &format, nullptr);
      if (format != GST_FORMAT_TIME) return FALSE;
      gst_query_set_position(query, GST_FORMAT_TIME, static_cast<gint64>(position_.load()));
      return TRUE;
    case GST_QUERY_SEEKING:
      gst_query_parse_seeking(query, &format, nullptr, nullptr, nullptr);
      if (format != GST_FORMAT_TIME) return FALSE;
      gst_query_set_seeking(query, format, is_pull, 0,
                            GST_CLOCK_TIME_IS_VALID(duration) ? static_cast<gint64>(duration) : -1);
      return TRUE;
    default:
      return gst_pad_query_default(pad, GST_OBJECT_CAST(element()), query);
  }
}

gboolean register_recording_type(GstPlugin* plugin) {
  const Ptr<GstCaps> caps{gst_caps_from_string(kRecordingCaps)};
  return gst_type_find_register(
      plugin, "latentcast-recording", GST_RANK_PRIMARY,
      [](GstTypeFind* find, gpointer) {
        const auto* start = gst_type_find_peek(find, 0, 8);
        if (start == nullptr || as_text({reinterpret_cast<const std::byte*>(start), 8}) != "LCREC1\r\n") return;
        const Ptr<GstCaps> found{gst_caps_from_string(kRecordingCaps)};
        gst_type_find_suggest(find, GST_TYPE_FIND_MAXIMUM, found.get());
      },
      "lcr", caps.get(), nullptr, nullptr);
}

}  // namespace lc::elements
