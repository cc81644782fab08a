#include "engine/element_encoder.h"

#include <gst/video/video.h>

#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "engine/gstreamer.h"
#include "engine/map_frame.h"

namespace lc::engine {
namespace {

// All of a buffer's bytes, but for the supplemental enhancement information (NAL units of type 6) of an H.264 byte
// stream: x264 signs its first picture with 700 bytes of it.
std::uint64_t needed_bytes(GstBuffer* buffer) {
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) return gst_buffer_get_size(buffer);
  std::uint64_t dropped = 0;
  const std::span bytes(map.data, map.size);
  const auto is_start = [&](std::size_t i) { return bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1; };
  const bool is_byte_stream = bytes.size() > 4 && (is_start(0) || (bytes[0] == 0 && is_start(1)));
  std::optional<std::size_t> message;  // where one begins
  for (std::size_t i = 0; is_byte_stream && i + 3 < bytes.size(); ++i) {
    if (!is_start(i)) continue;
    if (message) dropped += i - *message;
    message = (bytes[i + 3] & 31) == 6 ? std::optional(i) : std::nullopt;
  }
  if (message) dropped += bytes.size() - *message;
  gst_buffer_unmap(buffer, &map);
  return map.size - dropped;
}

class Driver : public ElementEncoder {
 public:
  Driver(GstElement* bin, const GstVideoInfo& info, std::function<void(const TappedFrame&)> decoded)
      : bin_(bin), info_(info), decoded_(std::move(decoded)) {
    gst_object_ref_sink(bin_);
    source_ = GST_PAD(gst_object_ref_sink(gst_pad_new("pictures", GST_PAD_SRC)));
    sink_ = GST_PAD(gst_object_ref_sink(gst_pad_new("bytes", GST_PAD_SINK)));
    gst_pad_set_element_private(sink_, this);
    gst_pad_set_chain_function(sink_, [](GstPad* pad, GstObject*, GstBuffer* buffer) -> GstFlowReturn {
      static_cast<Driver*>(gst_pad_get_element_private(pad))->take(pad, buffer);
      gst_buffer_unref(buffer);
      return GST_FLOW_OK;
    });
  }
  ~Driver() override {
    gst_element_set_state(bin_, GST_STATE_NULL);
    for (GstPad* pad : {source_, sink_}) {
      gst_pad_set_active(pad, FALSE);
      gst_object_unref(pad);
    }
    for (GstBuffer* picture : pictures_) gst_buffer_unref(picture);
    gst_object_unref(bin_);
  }

  bool start() {
    const auto link = [](GstPad* from, GstPad* to) {
      return gst_pad_link_full(from, to, GST_PAD_LINK_CHECK_NOTHING) == GST_PAD_LINK_OK;
    };
    GstPad *in = gst_element_get_static_pad(bin_, "sink"), *out = gst_element_get_static_pad(bin_, "src");
    const bool is_linked = in && out && link(source_, in) && link(out, sink_);
    if (in) gst_object_unref(in);
    if (out) gst_object_unref(out);
    if (!is_linked) return false;
    if (decoded_) watch_coded();
    gst_pad_set_active(sink_, TRUE);
    gst_pad_set_active(source_, TRUE);
    if (gst_element_set_state(bin_, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) return false;
    gst_pad_push_event(source_, gst_event_new_stream_start("bench"));
    GstCaps* caps = gst_video_info_to_caps(&info_);
    const bool takes_caps = gst_pad_push_event(source_, gst_event_new_caps(caps));
    gst_caps_unref(caps);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(source_, gst_event_new_segment(&segment));
    return takes_caps;
  }

  Result<int> add(const TappedFrame& frame) override {
    LC_EXPECT(frame.format == GST_VIDEO_INFO_NAME(&info_) && frame.width == GST_VIDEO_INFO_WIDTH(&info_) &&
                  frame.height == GST_VIDEO_INFO_HEIGHT(&info_),
              "pictures are those of the encoder");
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info_), nullptr);
    GstVideoFrame out;
    if (!gst_video_frame_map(&out, &info_, buffer, GST_MAP_WRITE)) {
      gst_buffer_unref(buffer);
      return fail(Errc::backend, "a picture cannot be written to");
    }
    for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES(&out); ++plane)
      for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(&out, plane); ++y)
        std::memcpy(static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&out, plane)) +
                        std::ptrdiff_t{y} * GST_VIDEO_FRAME_PLANE_STRIDE(&out, plane),
                    frame.planes[plane] + std::ptrdiff_t{y} * frame.strides[plane],
                    static_cast<std::size_t>(GST_VIDEO_FRAME_COMP_WIDTH(&out, plane)) *
                        static_cast<std::size_t>(GST_VIDEO_FRAME_COMP_PSTRIDE(&out, plane)));
    gst_video_frame_unmap(&out);
    pictures_.push_back(buffer);
    return static_cast<int>(pictures_.size()) - 1;
  }

  Result<std::uint64_t> encode(int number) override {
    GstBuffer* buffer = gst_buffer_copy(pictures_.at(static_cast<std::size_t>(number)));  // shares the pixels
    GST_BUFFER_PTS(buffer) = time_;
    GST_BUFFER_DURATION(buffer) = GST_SECOND / 30;
    time_ += GST_SECOND / 30;
    bytes_ = 0;
    if (const auto flow = gst_pad_push(source_, buffer); flow != GST_FLOW_OK)
      return fail(Errc::backend, "the encoder stopped: {}", gst_flow_get_name(flow));
    return bytes_;
  }

  std::uint64_t finish() override {
    bytes_ = 0;
    gst_pad_push_event(source_, gst_event_new_eos());
    return bytes_;
  }

 private:
  void take(GstPad* pad, GstBuffer* buffer) {
    if (!decoded_) {
      bytes_ += gst_buffer_get_size(buffer);
      return;
    }
    GstCaps* caps = gst_pad_get_current_caps(pad);
    map_frame(caps, buffer, {}, decoded_);
    if (caps) gst_caps_unref(caps);
  }

  void watch_coded() {
    GstElement* coded = gst_bin_get_by_name(GST_BIN(bin_), "coded");
    LC_EXPECT(coded, "an element `coded` marks the bytes");
    GstPad* pad = gst_element_get_static_pad(coded, "sink");
    gst_pad_add_probe(
        pad, GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad*, GstPadProbeInfo* info, gpointer self) {
          static_cast<Driver*>(self)->bytes_ += needed_bytes(GST_PAD_PROBE_INFO_BUFFER(info));
          return GST_PAD_PROBE_OK;
        },
        this, nullptr);
    gst_object_unref(pad);
    gst_object_unref(coded);
  }

  GstElement* bin_;
  GstVideoInfo info_;
  std::function<void(const TappedFrame&)> decoded_;
  GstPad *source_, *sink_;
  std::vector<GstBuffer*> pictures_;
  GstClockTime time_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<ElementEncoder>> ElementEncoder::create(const std::string& launch, int width, int height,
                                                               std::function<void(const TappedFrame&)> decoded,
                                                               const std::string& format) {
  LC_TRY(start_gstreamer());
  GError* error = nullptr;
  GstElement* bin = gst_parse_bin_from_description(launch.c_str(), TRUE, &error);
  if (error) {
    const std::string text = error->message;
    g_error_free(error);
    if (bin) gst_object_unref(bin);
    return fail(Errc::not_found, "{}", text);
  }
  GstVideoInfo info;
  gst_video_info_set_format(&info, gst_video_format_from_string(format.c_str()), static_cast<guint>(width), static_cast<guint>(height));
  GST_VIDEO_INFO_FPS_N(&info) = 30;
  GST_VIDEO_INFO_FPS_D(&info) = 1;
  auto driver = std::make_unique<Driver>(bin, info, std::move(decoded));
  if (!driver->start()) return fail(Errc::backend, "'{}' takes no {} pictures of {} x {}", launch, format, width, height);
  return std::unique_ptr<ElementEncoder>(std::move(driver));
}

}  // namespace lc::engine
