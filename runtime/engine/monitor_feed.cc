#include "engine/monitor_feed.h"

#include <gst/app/gstappsink.h>

#include "engine/capture_time.h"
#include "engine/read_stats.h"

namespace lc::engine {
namespace {

GstElement* find(const Built& built, const char* factory, const char* name) {
  for (GstElement* element : built.elements()) {
    GstElementFactory* made_by = gst_element_get_factory(element);
    const bool is_kind = made_by && g_str_equal(GST_OBJECT_NAME(made_by), factory);
    if (is_kind && (name == nullptr || g_str_equal(GST_OBJECT_NAME(element), name))) return element;
  }
  return nullptr;
}

GstPadProbeReturn drop_stand_ins(GstPad*, GstPadProbeInfo* info, gpointer) {
  return GST_BUFFER_FLAG_IS_SET(GST_PAD_PROBE_INFO_BUFFER(info), GST_BUFFER_FLAG_GAP) ? GST_PAD_PROBE_DROP
                                                                                      : GST_PAD_PROBE_OK;
}

}  // namespace

Result<std::unique_ptr<MonitorFeed>> MonitorFeed::create(const Built& built, Monitor& monitor) {
  GstElement* sink = find(built, "appsink", "monitor");
  if (sink == nullptr)
    return fail(
        Errc::invalid_config,
        "monitor: this pipeline has no pictures for a page: an appsink named 'monitor' that takes image/jpeg, as in "
        "pipelines/parts/show.yaml");
  return std::unique_ptr<MonitorFeed>(
      new MonitorFeed(monitor, sink, find(built, "valve", "monitor_valve"), find(built, "cnnclassify", nullptr)));
}

MonitorFeed::MonitorFeed(Monitor& monitor, GstElement* sink, GstElement* valve, GstElement* classifier)
    : monitor_(monitor), sink_(sink), valve_(valve), classifier_(classifier) {
  g_object_set(sink_, "emit-signals", TRUE, nullptr);
  signal_ = g_signal_connect(sink_, "new-sample", G_CALLBACK(on_sample), this);
  if (valve_ == nullptr) return;
  GstPad* pad = gst_element_get_static_pad(valve_, "sink");
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, drop_stand_ins, nullptr, nullptr);
  gst_object_unref(pad);
}

MonitorFeed::~MonitorFeed() { g_signal_handler_disconnect(sink_, signal_); }

void MonitorFeed::update() {
  if (valve_ != nullptr) g_object_set(valve_, "drop", !monitor_.is_watched(), nullptr);
}

// Streaming thread.
GstFlowReturn MonitorFeed::on_sample(GstElement* sink, gpointer data) {
  auto& self = *static_cast<MonitorFeed*>(data);
  GstSample* sample = gst_app_sink_try_pull_sample(GST_APP_SINK(sink), 0);
  if (sample == nullptr) return GST_FLOW_OK;
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  GstMapInfo map;
  if (buffer && gst_buffer_map(buffer, &map, GST_MAP_READ)) {
    MonitorPicture picture{.jpeg = {map.data, map.data + map.size}, .capture_ns = capture_time(buffer)};
    gst_buffer_unmap(buffer, &map);
    if (self.classifier_ != nullptr) {
      const Stats stats = read_stats(self.classifier_);
      if (const auto label = stats.find("label"); label != stats.end())
        if (const auto* text = std::get_if<std::string>(&label->second)) picture.label = *text;
      if (const auto confidence = stats.find("confidence"); confidence != stats.end())
        if (const auto* number = std::get_if<double>(&confidence->second)) picture.confidence = *number;
    }
    self.monitor_.show(std::move(picture));
  }
  gst_sample_unref(sample);
  return GST_FLOW_OK;
}

}  // namespace lc::engine
