#include "elements/aeencode.h"

#include <deque>

#include "elements/glue/capture_time.h"
#include "elements/glue/errors.h"
#include "elements/glue/latency_meter.h"
#include "elements/glue/video.h"
#include "elements/open_model.h"

#define GST_CAT_DEFAULT debug_category<AeEncode>

namespace lc::elements {

// A frame between handle_frame() and the frame it becomes. What the user sets counts as it was when the frame came.
struct AeEncode::Underway {
  Ptr<GstVideoCodecFrame> frame;
  bool is_late = false;                // nothing is made of it
  std::optional<MappedFrame> picture;  // ends before the frame does
  GstClockTime began = 0;
  std::uint64_t capture_time = 0;  // where the frame has none itself
  int quality = 0;
  codec::RateLimits limits;
};

// Exists between start() and stop(); the streaming thread's.
struct AeEncode::State {
  Model model;
  AeEncodeSettings settings;
  int quality = 0;           // of `encoder`
  codec::RateLimits limits;  // of `encoder`
  bool has_warned = false;   // that a limit is out of reach
  GstVideoInfo info{};
  Work work{};
  std::deque<Underway> underway;               // what has not been sent, the oldest first
  std::optional<codec::FrameEncoder> encoder;  // ends before the pictures that it reads
  Ptr<GstCaps> refused;  // caps come again with the next event or buffer; the error does not
  bool wants_key = true;
  Bytes bytes;  // of the frame at hand; keeps its capacity
  LatencyMeter latency;
};

AeEncode::AeEncode(GstVideoEncoder* self) : Element(self) {}
AeEncode::~AeEncode() = default;

void AeEncode::class_init(ClassInit<AeEncode>& c) {
  c.sink(kRawCaps).src(kLatentCaps);
  c.bind<&AeEncode::change_state>(c.element->change_state);
  c.bind<&AeEncode::set_format>(c.base->set_format);
  c.bind<&AeEncode::handle_frame>(c.base->handle_frame);
  c.bind<&AeEncode::drain>(c.base->finish);
  c.bind<&AeEncode::flush>(c.base->flush);
  c.bind<&AeEncode::propose_allocation>(c.base->propose_allocation);
}

Ptr<GstStructure> AeEncode::stats() const {
  return make_stats(kInfo.name, {{"frames-encoded", frames_encoded_.value()},
                                 {"key-frames", key_frames_.value()},
                                 {"bytes-out", bytes_out_.value()},
                                 {"frames-skipped", frames_skipped_.value()},
                                 {"quality", quality_.value()},
                                 {"encode-time-us", encode_time_us_.value()}});
}

bool AeEncode::start() {
  for (Counter* counter : {&frames_encoded_, &bytes_out_, &key_frames_, &frames_skipped_, &quality_}) counter->set(0);
  encode_time_us_.clear();
  auto settings = this->settings();
  const auto open = [&]() -> Result<Model> {
    LC_TRY(passphrase_.offer(settings.passphrase_fd));
    return open_model(settings.model, settings.keyring);
  };
  auto model = open();
  if (!model) {
    post_error(element(), model.error());
    return false;
  }
  state_ = std::make_unique<State>();
  state_->model = std::move(*model);
  state_->work = work_of(settings.threads, settings.latency);
  state_->settings = std::move(settings);
  return true;
}

// Not through the base class's start and stop: it would post a second error of its own.
GstStateChangeReturn AeEncode::change_state(GstStateChange change) {
  if (change == GST_STATE_CHANGE_NULL_TO_READY &&
      !finds_model(element(), settings(), passphrase_, codec::BundleKind::autoencoder))
    return GST_STATE_CHANGE_FAILURE;
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED && !start()) return GST_STATE_CHANGE_FAILURE;
  const auto result = parent<AeEncode, GstElementClass>()->change_state(element(), change);
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY) state_.reset();
  return result;
}

bool AeEncode::flush() {
  if (!state_) return true;
  if (state_->encoder) state_->encoder->abandon();
  state_->underway.clear();  // the base class forgets them, too
  state_->wants_key = true;
  return true;
}

// Of what is underway, nothing comes.
void AeEncode::abandon() {
  State& s = *state_;
  if (s.encoder) s.encoder->abandon();
  for (Underway& one : s.underway) gst_video_encoder_finish_frame(self(), one.frame.release());  // without output: dropped
  s.underway.clear();
}

bool AeEncode::propose_allocation(GstQuery* query) {
  GstCaps* caps = nullptr;
  GstVideoInfo info;
  gst_query_parse_allocation(query, &caps, nullptr);
  if (state_ && state_->work.frames > 1 && caps && gst_video_info_from_caps(&info, caps))  // so many are held here
    gst_query_add_allocation_pool(query, nullptr, static_cast<guint>(info.size), static_cast<guint>(state_->work.frames),
                                  0);
  gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);  // strides arrive as they are
  return parent<AeEncode>()->propose_allocation(self(), query);
}

Result<> AeEncode::make_encoder(const GstVideoInfo& info) {
  State& s = *state_;
  s.encoder.reset();
  s.quality = setting(&AeEncodeSettings::quality);
  const codec::FrameGeometry geometry{.format = pixel_format(GST_VIDEO_INFO_FORMAT(&info)).value(),
                                      .width = GST_VIDEO_INFO_WIDTH(&info),
                                      .height = GST_VIDEO_INFO_HEIGHT(&info),
                                      .colour = colour_spec(info)};
  codec::EncoderOptions options;
  options.quality = s.quality;
  options.limits = s.limits = rate_limits();
  options.key_interval = s.settings.key_interval;
  options.skip_unchanged = s.settings.skip_unchanged;
  options.threads = s.work.threads;
  options.frames = s.work.frames;
  options.precision = codec::choose_precision(*s.model.bundle, s.settings.precision);
  s.encoder.emplace(LC_TRY(codec::FrameEncoder::create(s.model.bundle, geometry, options)));
  LC_TRY(s.model.remember());
  warn_of_slow_layers(element(), s.encoder->plan());
  s.info = info;
  return {};
}

// Caps of the source pad: ours; size, rate, aspect ratio and colours come from `input`.
bool AeEncode::set_output(GstVideoCodecState* input) {
  GstCaps* caps =
      gst_caps_new_simple(kLatentMediaType, "format", G_TYPE_STRING, GST_VIDEO_INFO_NAME(&input->info), "latent-space",
                          G_TYPE_STRING, state_->model.bundle->latent_space_hex().c_str(), nullptr);
  const Ptr<GstVideoCodecState> output{gst_video_encoder_set_output_state(self(), caps, input)};
  return output && gst_video_encoder_negotiate(self());
}

bool AeEncode::set_format(GstVideoCodecState* input) {
  GST_DEBUG_OBJECT(self(), "input %" GST_PTR_FORMAT, static_cast<void*>(input->caps));
  State& s = *state_;
  if (s.refused && gst_caps_is_equal(s.refused.get(), input->caps)) return false;
  s.refused.reset();
  if (const auto flow = drain(); flow == GST_FLOW_ERROR) return false;
  s.wants_key = true;
  // A rate may change without a new network; sizes, formats and colours may not.
  const bool is_same = s.encoder && GST_VIDEO_INFO_FORMAT(&s.info) == GST_VIDEO_INFO_FORMAT(&input->info) &&
                       GST_VIDEO_INFO_WIDTH(&s.info) == GST_VIDEO_INFO_WIDTH(&input->info) &&
                       GST_VIDEO_INFO_HEIGHT(&s.info) == GST_VIDEO_INFO_HEIGHT(&input->info) &&
                       colour_spec(s.info) == colour_spec(input->info);
  if (is_same) {
    s.info = input->info;
  } else if (const auto made = make_encoder(input->info); !made) {
    s.refused = add_ref(input->caps);
    post_error(element(), made.error());
    return false;
  }
  announce_latency();
  return set_output(input);
}

// With several frames in work at once, none leaves before the next one comes.
void AeEncode::announce_latency() {
  State& s = *state_;
  const GstClockTime frame = frame_duration(s.info);
  if (s.work.frames == 1 || frame == 0) return;
  s.latency = LatencyMeter(frame);
  gst_video_encoder_set_latency(self(), frame, frame);
}

codec::RateLimits AeEncode::rate_limits() const {
  return {.bits_per_second = 1000.0 * setting(&AeEncodeSettings::bitrate),
          .max_frame_bytes = static_cast<std::size_t>(setting(&AeEncodeSettings::max_frame_size))};
}

Result<> AeEncode::apply(const Underway& next) {
  State& s = *state_;
  if (next.quality != s.quality) {
    LC_TRY(s.encoder->set_quality(next.quality));
    s.quality = next.quality;
  }
  if (next.limits != s.limits) {
    s.encoder->set_limits(next.limits);
    s.limits = next.limits;
    s.has_warned = false;
  }
  return {};
}

Result<> AeEncode::begin(Underway& next) {
  State& s = *state_;
  GstVideoCodecFrame& frame = *next.frame;
  next.began = gst_util_get_timestamp();
  next.quality = setting(&AeEncodeSettings::quality);
  next.limits = rate_limits();
  next.picture.emplace(LC_TRY(MappedFrame::create(s.info, frame.input_buffer)));
  next.capture_time = estimate_capture_time(element(), &self()->input_segment, frame.pts);
  s.encoder->begin(image_view(*next.picture), s.wants_key || GST_VIDEO_CODEC_FRAME_IS_FORCE_KEYFRAME(&frame));
  s.wants_key = false;
  return {};
}

// Into state_->bytes.
Result<codec::EncodedFrame> AeEncode::encode(const Underway& next) {
  State& s = *state_;
  LC_TRY(apply(next));
  s.bytes.clear();
  const std::uint64_t time = GST_CLOCK_TIME_IS_VALID(next.frame->pts) ? next.frame->pts : 0;
  const auto encoded = LC_TRY(s.encoder->finish(s.bytes, time));
  if (s.encoder->is_out_of_reach() && !std::exchange(s.has_warned, true))
    post_warning(
        element(),
        {Errc::invalid_config,
         fmt::format("a key frame of {} x {} does not fit into bitrate={} or max-frame-size={} even at the lowest "
                     "quality: set them higher, or make the picture smaller",
                     GST_VIDEO_INFO_WIDTH(&s.info), GST_VIDEO_INFO_HEIGHT(&s.info), setting(&AeEncodeSettings::bitrate),
                     setting(&AeEncodeSettings::max_frame_size))});
  return encoded;
}

// What state_->bytes hold.
GstFlowReturn AeEncode::send(Underway next, const codec::EncodedFrame& encoded) {
  const Bytes& bytes = state_->bytes;
  Ptr<GstVideoCodecFrame> frame = std::move(next.frame);
  if (const auto flow = gst_video_encoder_allocate_output_frame(self(), frame.get(), bytes.size()); flow != GST_FLOW_OK)
    return flow;
  gst_buffer_fill(frame->output_buffer, 0, bytes.data(), bytes.size());
  if (!capture_time(frame->input_buffer))  // the base class copies what is there
    set_capture_time(frame->output_buffer, next.capture_time);
  if (encoded.is_key()) {
    GST_VIDEO_CODEC_FRAME_SET_SYNC_POINT(frame.get());
    key_frames_.add();
  }
  frames_encoded_.add();
  bytes_out_.add(bytes.size());
  GST_LOG_OBJECT(self(), "frame %u: %s, %zu bytes", encoded.frame_id,
                 std::string(codec::to_string(encoded.kind)).c_str(), bytes.size());
  return gst_video_encoder_finish_frame(self(), frame.release());
}

void AeEncode::measure(GstClockTime began) {
  const GstClockTime took = gst_util_get_timestamp() - began;
  encode_time_us_.add(took / GST_USECOND);
  if (const auto latency = state_->latency.add(took)) gst_video_encoder_set_latency(self(), *latency, *latency);
}

// Codes the oldest frame, once its network is done, and pushes it.
GstFlowReturn AeEncode::send_oldest() {
  State& s = *state_;
  Underway next = std::move(s.underway.front());
  s.underway.pop_front();
  if (next.is_late) return gst_video_encoder_finish_frame(self(), next.frame.release());  // without output: dropped
  const auto encoded = encode(next);
  if (!encoded) {
    abandon();  // before the picture goes, which a worker may still read
    post_error(element(), encoded.error());
    return GST_FLOW_ERROR;
  }
  next.picture.reset();
  measure(next.began);
  if (encoded->is_skipped()) {
    frames_skipped_.add();
    return gst_video_encoder_finish_frame(self(), next.frame.release());  // without output: dropped
  }
  quality_.set(static_cast<std::uint64_t>(encoded->quality));
  return send(std::move(next), *encoded);
}

// As many as make room for one more, and all that need no waiting.
GstFlowReturn AeEncode::send_ready() {
  const State& s = *state_;
  GstFlowReturn flow = GST_FLOW_OK;
  while (flow == GST_FLOW_OK && !s.underway.empty() &&
         (s.underway.front().is_late || s.encoder->is_full() || s.encoder->is_ready()))
    flow = send_oldest();
  return flow;
}

// All that is underway; what cannot be sent is dropped.
GstFlowReturn AeEncode::drain() {
  GstFlowReturn flow = GST_FLOW_OK;
  while (state_ && flow == GST_FLOW_OK && !state_->underway.empty()) flow = send_oldest();
  if (state_ && flow != GST_FLOW_OK) abandon();
  return flow;
}

GstFlowReturn AeEncode::handle_frame(GstVideoCodecFrame* owned) {
  Underway next{.frame = Ptr<GstVideoCodecFrame>{owned}};
  LC_EXPECT(state_ && state_->encoder, "frames come after caps");
  if (gst_video_encoder_get_max_encode_time(self(), owned) < 0) {  // too late already: QoS
    next.is_late = true;
    frames_skipped_.add();
    if (GST_VIDEO_CODEC_FRAME_IS_FORCE_KEYFRAME(owned)) state_->wants_key = true;  // the next one's then
  } else if (const auto begun = begin(next); !begun) {
    post_error(element(), begun.error());
    return GST_FLOW_ERROR;
  }
  state_->underway.push_back(std::move(next));
  return send_ready();
}

}  // namespace lc::elements
