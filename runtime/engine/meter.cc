#include "engine/meter.h"

#include <gst/video/video.h>

#include "engine/capture_time.h"
#include "engine/map_frame.h"
#include "engine/read_stats.h"

namespace lc::engine {
namespace {

std::string factory_name(GstElement* element) {
  GstElementFactory* factory = gst_element_get_factory(element);
  return factory ? GST_OBJECT_NAME(factory) : "";
}

std::uint64_t unix_now() { return static_cast<std::uint64_t>(g_get_real_time()) * 1000; }

}  // namespace

Meter::Meter(const Built& built, Taps taps) : taps_(std::move(taps)), before_time_(std::chrono::steady_clock::now()) {
  for (GstElement* element : built.elements()) {
    const std::string factory = factory_name(element);
    if (factory == "aeencode") {
      attach(element, "sink", encoder_in);
      attach(element, "src", encoder_out);
    } else if (factory == "latentencrypt") {
      attach(element, "src", sealed_out);
    } else if (factory == "latentzmqsink") {
      attach(element, "sink", sent);
    } else if (factory == "latentdecrypt") {
      attach(element, "sink", sealed_in);
    } else if (factory == "aedecode") {
      attach(element, "sink", decoder_in);
      attach(element, "src", decoder_out);
    } else if (GST_OBJECT_FLAG_IS_SET(element, GST_ELEMENT_FLAG_SINK) && !tallies_[end].present) {
      attach(element, "sink", end);
    }
    if (has_stats(element)) elements_.emplace_back(element, GST_OBJECT_NAME(element));
  }
}

void Meter::attach(GstElement* element, const char* pad_name, Point point) {
  GstPad* pad = gst_element_get_static_pad(element, pad_name);
  if (!pad) return;
  tallies_[point].present = true;
  probes_.push_back(std::make_unique<Probe>(Probe{this, point}));
  const auto kind = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);
  gst_pad_add_probe(pad, kind, on_data, probes_.back().get(), nullptr);
  if (point == encoder_in || point == decoder_out)
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, probes_.back().get(), nullptr);
  gst_object_unref(pad);
}

GstPadProbeReturn Meter::on_data(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  const auto& probe = *static_cast<Probe*>(data);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList* list = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
    for (guint i = 0; i < gst_buffer_list_length(list); ++i)
      probe.meter->on_buffer(pad, gst_buffer_list_get(list, i), probe.point);
  } else {
    probe.meter->on_buffer(pad, GST_PAD_PROBE_INFO_BUFFER(info), probe.point);
  }
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn Meter::on_event(GstPad*, GstPadProbeInfo* info, gpointer data) {
  const auto& probe = *static_cast<Probe*>(data);
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    probe.meter->on_caps(caps);
  }
  return GST_PAD_PROBE_OK;
}

void Meter::on_caps(GstCaps* caps) {
  GstVideoInfo video;
  if (!gst_video_info_from_caps(&video, caps)) return;
  const std::lock_guard lock(mutex_);
  width_ = GST_VIDEO_INFO_WIDTH(&video);
  height_ = GST_VIDEO_INFO_HEIGHT(&video);
  pixel_format_ = GST_VIDEO_INFO_NAME(&video);
}

void Meter::on_buffer(GstPad* pad, GstBuffer* buffer, Point point) {
  {
    const std::lock_guard lock(mutex_);
    Tally& tally = tallies_[point];
    tally.bytes += gst_buffer_get_size(buffer);
    if (!GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_HEADER)) {
      tally.last = std::chrono::steady_clock::now();
      if (tally.frames++ == 0) tally.first = tally.last;
    }
    const bool measures = point == decoder_out || (point == end && !tallies_[decoder_out].present);
    if (const std::uint64_t capture = measures ? capture_time(buffer) : 0) {
      const std::uint64_t now = unix_now();
      const double ms = now > capture ? static_cast<double>(now - capture) / 1e6 : 0;
      latency_.add(ms);
      latency_now_.add(ms);
    }
  }
  if (point == encoder_in || point == encoder_out || point == decoder_out) tap(pad, buffer, point);
}

void Meter::tap(GstPad* pad, GstBuffer* buffer, Point point) {
  const std::lock_guard lock(tap_mutex_);
  if (taps_stopped_) return;
  const std::uint64_t pts = GST_BUFFER_PTS(buffer), capture = capture_time(buffer);
  if (point == encoder_out) {
    if (taps_.encoded && capture) taps_.encoded(pts, capture);
    return;
  }
  const bool is_source = point == encoder_in;
  if (is_source ? !(taps_.wants_source && taps_.wants_source(pts))
                : !(capture && taps_.wants_decoded && taps_.wants_decoded(capture)))
    return;
  GstCaps* caps = gst_pad_get_current_caps(pad);
  map_frame(caps, buffer, {.pts_ns = pts, .capture_ns = capture}, is_source ? taps_.source : taps_.decoded);
  if (caps) gst_caps_unref(caps);
}

void Meter::stop_taps() {
  const std::lock_guard lock(tap_mutex_);
  taps_stopped_ = true;
}

bool Meter::any_frame() const {
  const std::lock_guard lock(mutex_);
  for (const Tally& tally : tallies_)
    if (tally.frames > 0) return true;
  return false;
}

void Meter::sample_labels() {
  for (const auto& [element, name] : elements_) {
    if (factory_name(element) != "cnnclassify") continue;
    const Stats stats = read_stats(element);
    const auto label = stats.find("label");
    if (label == stats.end()) continue;
    const auto* text = std::get_if<std::string>(&label->second);
    if (text && !text->empty()) ++labels_[*text];
  }
}

}  // namespace lc::engine
