#include "elements/aedecode.h"

#include <deque>

#include "elements/decoded_format.h"
#include "elements/glue/errors.h"
#include "elements/glue/latency_meter.h"
#include "elements/glue/video.h"

#define GST_CAT_DEFAULT debug_category<AeDecode>

namespace lc::elements {

// A frame between handle_frame() and its picture.
struct AeDecode::Underway {
  enum class Fate {
    paint,   // its picture
    repeat,  // the last good one, in its place
    drop,    // nothing
    hide,    // nothing: it was decoded for what refers to it
  };
  Ptr<GstVideoCodecFrame> frame;
  Fate fate = Fate::paint;
  GstClockTime began = 0;
};

// Exists between start() and stop(); the streaming thread's.
struct AeDecode::State {
  AeDecodeSettings settings;
  LatentReader latents;
  std::optional<codec::FrameDecoder> pictures;
  nn::PictureFormat format;  // that they paint
  GstVideoInfo output{};
  Work work{};
  std::deque<Underway> underway;  // what has not been shown, the oldest first
  bool has_picture = false;  // `pictures` has begun one since caps or flush
  Ptr<GstCaps> refused;  // caps come again with the next event or buffer; the error does not
  LatencyMeter latency{};
};

AeDecode::AeDecode(GstVideoDecoder* self) : Element(self) {
  gst_video_decoder_set_packetized(self, TRUE);
  gst_video_decoder_set_needs_format(self, TRUE);
}
AeDecode::~AeDecode() = default;

void AeDecode::class_init(ClassInit<AeDecode>& c) {
  c.sink(kLatentCaps).src(kRawCaps);
  c.bind<&AeDecode::change_state>(c.element->change_state);
  c.bind<&AeDecode::set_format>(c.base->set_format);
  c.bind<&AeDecode::handle_frame>(c.base->handle_frame);
  c.bind<&AeDecode::drain>(c.base->drain);
  c.bind<&AeDecode::drain>(c.base->finish);
  c.bind<&AeDecode::flush>(c.base->flush);
}

Ptr<GstStructure> AeDecode::stats() const {
  return make_stats(kInfo.name, {{"frames-decoded", frames_decoded_.value()},
                                 {"corrupt", losses_.corrupt.value()},
                                 {"missing-reference", losses_.missing_reference.value()},
                                 {"other-model", losses_.other_model.value()},
                                 {"concealed", concealed_.value()},
                                 {"dropped", dropped_.value()},
                                 {"frames-skipped", skipped_.value()},
                                 {"key-requests", losses_.key_requests.value()},
                                 {"decode-time-us", decode_time_us_.value()}});
}

bool AeDecode::start() {
  for (Counter* counter : {&frames_decoded_, &concealed_, &dropped_, &skipped_}) counter->set(0);
  losses_.clear();
  decode_time_us_.clear();
  std::unique_ptr<State> state{
      new State{.settings = settings(), .latents = {element(), GST_VIDEO_DECODER_SINK_PAD(self()), losses_}}};
  state->work = work_of(state->settings.threads, state->settings.latency);
  const auto open = [&]() -> Result<> {
    LC_TRY(passphrase_.offer(state->settings.passphrase_fd));
    return state->latents.open(state->settings.model, state->settings.keyring);
  };
  if (const auto opened = open(); !opened) {
    post_error(element(), opened.error());
    return false;
  }
  state_ = std::move(state);
  return true;
}

// Not through the base class's start and stop: it would post a second error of its own.
GstStateChangeReturn AeDecode::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_NULL_TO_READY &&
      !finds_model(element(), settings(), passphrase_, codec::BundleKind::autoencoder))
    return GST_STATE_CHANGE_FAILURE;
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED && !start()) return GST_STATE_CHANGE_FAILURE;
  const auto result = parent<AeDecode, GstElementClass>()->change_state(element(), change);
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY) state_.reset();
  return result;
}

bool AeDecode::flush() {
  if (!state_) return true;
  abandon();
  state_->latents.reset();
  return true;
}

// Of what is underway, nothing comes.
void AeDecode::abandon() {
  State& s = *state_;
  if (s.pictures) s.pictures->forget();
  for (Underway& one : s.underway) gst_video_decoder_release_frame(self(), one.frame.release());
  s.underway.clear();
  s.has_picture = false;
}

// The model, and both decoders for this size and what downstream takes.
Result<> AeDecode::prepare(GstVideoCodecState* input, const nn::PictureFormat& format) {
  State& s = *state_;
  const auto before = s.latents.autoencoder();
  LC_TRY(s.latents.prepare(input->caps));
  const auto& bundle = s.latents.autoencoder();
  if (bundle != before) s.pictures.reset();
  const int width = s.latents.width(), height = s.latents.height();
  s.has_picture = false;
  if (s.pictures && s.pictures->width() == width && s.pictures->height() == height && s.format == format) return {};
  const codec::DecoderOptions options{.threads = s.work.threads,
                                      .frames = s.work.frames,
                                      .precision = codec::choose_precision(*bundle, s.settings.precision),
                                      .format = format};
  s.pictures.emplace(LC_TRY(codec::FrameDecoder::create(bundle, width, height, options)));
  LC_TRY(s.latents.remember());
  s.format = format;
  warn_of_slow_layers(element(), s.pictures->plan());
  return {};
}

bool AeDecode::set_output(GstVideoCodecState* input) {
  const GstVideoFormat format = choose_format(GST_VIDEO_DECODER_SRC_PAD(self()), input->info);
  const Ptr<GstVideoCodecState> output{gst_video_decoder_set_output_state(
      self(), format, static_cast<guint>(GST_VIDEO_INFO_WIDTH(&input->info)),
      static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&input->info)), input)};
  if (!output) return false;
  output->info.colorimetry = output_colorimetry(input->info, output->info.finfo);
  if (!GST_VIDEO_FORMAT_INFO_IS_YUV(output->info.finfo))
    output->info.chroma_site = GST_VIDEO_CHROMA_SITE_UNKNOWN;
  state_->output = output->info;
  return gst_video_decoder_negotiate(self());
}

bool AeDecode::set_format(GstVideoCodecState* input) {
  GST_DEBUG_OBJECT(self(), "input %" GST_PTR_FORMAT, static_cast<void*>(input->caps));
  State& s = *state_;
  if (s.refused && gst_caps_is_equal(s.refused.get(), input->caps)) return false;
  s.refused.reset();
  if (const auto flow = drain(); flow == GST_FLOW_ERROR) return false;
  if (const auto prepared = prepare(input, picture_format(GST_VIDEO_DECODER_SRC_PAD(self()), input->info)); !prepared) {
    s.refused = add_ref(input->caps);
    post_error(element(), prepared.error());
    return false;
  }
  announce_latency(input->info);
  return set_output(input);
}

// With several frames in work at once, none leaves before the next one comes.
void AeDecode::announce_latency(const GstVideoInfo& info) {
  State& s = *state_;
  const GstClockTime frame = frame_duration(info);
  if (s.work.frames == 1 || frame == 0) return;
  s.latency = LatencyMeter(frame);
  gst_video_decoder_set_latency(self(), frame, frame);
}

// The output buffer: the frame's own picture, or the last one once more.
Result<> AeDecode::paint(const Underway& next) {
  State& s = *state_;
  const auto mapped = LC_TRY(MappedFrame::create(s.output, next.frame->output_buffer, GST_MAP_WRITE));
  if (next.fate == Underway::Fate::repeat) return s.pictures->repaint(mutable_image_view(mapped));
  return s.pictures->finish(mutable_image_view(mapped));
}

void AeDecode::measure(GstClockTime began) {
  const GstClockTime took = gst_util_get_timestamp() - began;
  decode_time_us_.add(took / GST_USECOND);
  if (const auto latency = state_->latency.add(took))
    gst_video_decoder_set_latency(self(), *latency, *latency);
}

// A frame that cannot be decoded: the last good picture in its place, or nothing.
void AeDecode::conceal(Underway& next) {
  State& s = *state_;
  const bool is_repeated = s.has_picture && setting(&AeDecodeSettings::on_loss) == OnLoss::repeat;
  next.fate = is_repeated ? Underway::Fate::repeat : Underway::Fate::drop;
  if (!is_repeated) dropped_.add();
}

// A frame that nobody will see: between the key frame and the position that was seeked to.
bool AeDecode::ends_before_segment(const GstVideoCodecFrame& frame) const {
  const GstSegment& segment = self()->input_segment;
  return segment.format == GST_FORMAT_TIME && GST_CLOCK_TIME_IS_VALID(frame.pts) &&
         GST_CLOCK_TIME_IS_VALID(frame.duration) && frame.pts + frame.duration <= segment.start;
}

// Decides what becomes of a frame, and starts its network where it has a picture.
void AeDecode::begin(Underway& next) {
  State& s = *state_;
  GstVideoCodecFrame* frame = next.frame.get();
  next.began = gst_util_get_timestamp();
  const auto decoded = s.latents.read(frame->input_buffer);
  if (!decoded) return conceal(next);
  if (ends_before_segment(*frame)) {
    next.fate = Underway::Fate::hide;
  } else if (gst_video_decoder_get_max_decode_time(self(), frame) < 0) {  // too late already: QoS
    skipped_.add();
    next.fate = Underway::Fate::drop;
  } else if (const auto begun = s.pictures->begin((*decoded)->latent, (*decoded)->header.quality); !begun) {
    s.latents.lose({codec::DecodeFault::corrupt, begun.error().text});
    conceal(next);
  } else {
    s.has_picture = true;
  }
}

// Waits for the oldest frame's network, where it has one, and pushes what becomes of the frame.
GstFlowReturn AeDecode::show_oldest() {
  State& s = *state_;
  Underway next = std::move(s.underway.front());
  s.underway.pop_front();
  GstVideoCodecFrame* frame = next.frame.get();
  if (next.fate == Underway::Fate::drop) return gst_video_decoder_drop_frame(self(), next.frame.release());
  if (next.fate == Underway::Fate::hide) {
    GST_VIDEO_CODEC_FRAME_SET_DECODE_ONLY(frame);
    return gst_video_decoder_finish_frame(self(), next.frame.release());
  }
  if (const auto flow = gst_video_decoder_allocate_output_frame(self(), frame); flow != GST_FLOW_OK) {
    abandon();
    return flow;
  }
  if (const auto painted = paint(next); !painted) {
    abandon();
    post_error(element(), painted.error());
    return GST_FLOW_ERROR;
  }
  if (next.fate == Underway::Fate::repeat) {
    GST_BUFFER_FLAG_SET(frame->output_buffer, GST_BUFFER_FLAG_GAP);
    concealed_.add();
  } else {
    frames_decoded_.add();
    measure(next.began);
  }
  return gst_video_decoder_finish_frame(self(), next.frame.release());
}

// As many as make room for one more, and all that need no waiting.
GstFlowReturn AeDecode::show_ready() {
  const State& s = *state_;
  GstFlowReturn flow = GST_FLOW_OK;
  while (flow == GST_FLOW_OK && !s.underway.empty() &&
         (s.underway.front().fate != Underway::Fate::paint || s.pictures->is_full() || s.pictures->is_ready()))
    flow = show_oldest();
  return flow;
}

// All that is underway; what cannot be shown is dropped.
GstFlowReturn AeDecode::drain() {
  GstFlowReturn flow = GST_FLOW_OK;
  while (state_ && flow == GST_FLOW_OK && !state_->underway.empty()) flow = show_oldest();
  if (state_ && flow != GST_FLOW_OK) abandon();
  return flow;
}

GstFlowReturn AeDecode::handle_frame(GstVideoCodecFrame* owned) {
  Underway next{.frame = Ptr<GstVideoCodecFrame>{owned}};
  LC_EXPECT(state_ && state_->pictures, "frames come after caps");
  begin(next);
  state_->underway.push_back(std::move(next));
  return show_ready();
}

}  // namespace lc::elements
