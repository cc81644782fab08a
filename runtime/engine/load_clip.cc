#include "engine/load_clip.h"

#include <gst/app/gstappsink.h>

#include <memory>

#include "engine/bus_text.h"
#include "engine/gstreamer.h"
#include "engine/map_frame.h"

namespace lc::engine {
namespace {

struct Release {
  void operator()(GstElement* element) const {
    gst_element_set_state(element, GST_STATE_NULL);
    gst_object_unref(element);
  }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
  void operator()(GstMessage* message) const { gst_message_unref(message); }
};
template <class T>
using Owned = std::unique_ptr<T, Release>;

constexpr int kLooks = 10, kPatience = 10 * kLooks;  // looks at the bus: a second's, and for a picture in all

}  // namespace

std::string file_uri(const std::filesystem::path& path) {
  gchar* uri = g_filename_to_uri(std::filesystem::absolute(path).lexically_normal().c_str(), nullptr, nullptr);
  const std::string out = uri ? uri : "";
  g_free(uri);
  return out;
}

Result<int> load_clip(const ClipOptions& options, const std::function<void(const TappedFrame&)>& on_frame) {
  LC_TRY(start_gstreamer());
  const bool is_generated = options.uri == "testscene://";
  const std::string scaler = options.width == 0
                                 ? "videoconvert ! video/x-raw,format=I420"
                                 : fmt::format(
                                       "videoconvertscale ! aspectratiocrop aspect-ratio={}/{} ! videoconvertscale ! "
                                       "video/x-raw,format=I420,width={},height={},pixel-aspect-ratio=1/1",
                                       options.width, options.height, options.width, options.height);
  const std::string line = fmt::format(
      "{} ! {} ! appsink name=out sync=false max-buffers=4",
      is_generated ? fmt::format("videotestsrc pattern=smpte75 horizontal-speed=3 num-buffers={}", options.frames)
                   : "uridecodebin name=source",
      scaler);
  GError* error = nullptr;
  Owned<GstElement> pipeline{gst_parse_launch(line.c_str(), &error)};
  if (error) {
    const std::string text = error->message;
    g_error_free(error);
    return fail(Errc::backend, "{}: {}; is gstreamer1.0-plugins-good installed?", options.uri, text);
  }
  if (!is_generated) {
    GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline.get()), "source");
    g_object_set(source, "uri", options.uri.c_str(), nullptr);
    gst_object_unref(source);
  }
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline.get()), "out");
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  int frames = 0;
  GstBus* bus = gst_element_get_bus(pipeline.get());
  Owned<GstMessage> failure;
  for (int waits = 0; frames < options.frames && waits < kPatience;) {
    const Owned<GstSample> sample{gst_app_sink_try_pull_sample(GST_APP_SINK(sink), GST_SECOND / kLooks)};
    if (!sample) {
      failure.reset(gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR));
      if (failure || gst_app_sink_is_eos(GST_APP_SINK(sink))) break;
      ++waits;
      continue;
    }
    waits = 0;
    GstBuffer* buffer = gst_sample_get_buffer(sample.get());
    if (map_frame(gst_sample_get_caps(sample.get()), buffer, {.pts_ns = GST_BUFFER_PTS(buffer)}, on_frame)) ++frames;
  }
  gst_object_unref(bus);
  gst_object_unref(sink);
  if (frames > 0) return frames;
  if (!failure) return fail(Errc::bad_format, "{}: there is no picture in it", options.uri);
  return within(options.uri, error_of(failure.get()));
}

}  // namespace lc::engine
