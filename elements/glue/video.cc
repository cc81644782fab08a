#include "elements/glue/video.h"

namespace lc::elements {
namespace {

constexpr int kTallestSdHeight = 576;  // GStreamer's own line between BT.601 and BT.709

PixelFormat format_of(const GstVideoFrame& frame) {
  const auto format = pixel_format(GST_VIDEO_FRAME_FORMAT(&frame));
  LC_EXPECT(format, "caps allow no other formats");
  return *format;
}

}  // namespace

std::optional<PixelFormat> pixel_format(GstVideoFormat format) {
  switch (format) {
    case GST_VIDEO_FORMAT_RGB:
      return PixelFormat::rgb;
    case GST_VIDEO_FORMAT_I420:
      return PixelFormat::i420;
    case GST_VIDEO_FORMAT_NV12:
      return PixelFormat::nv12;
    case GST_VIDEO_FORMAT_GRAY8:
      return PixelFormat::gray8;
    default:
      return std::nullopt;
  }
}

GstVideoFormat video_format(PixelFormat format) {
  switch (format) {
    case PixelFormat::rgb:
      return GST_VIDEO_FORMAT_RGB;
    case PixelFormat::i420:
      return GST_VIDEO_FORMAT_I420;
    case PixelFormat::nv12:
      return GST_VIDEO_FORMAT_NV12;
    case PixelFormat::gray8:
      return GST_VIDEO_FORMAT_GRAY8;
  }
  return GST_VIDEO_FORMAT_UNKNOWN;
}

ColourSpec colour_spec(const GstVideoInfo& info) {
  ColourSpec spec;
  switch (info.colorimetry.matrix) {
    case GST_VIDEO_COLOR_MATRIX_BT601:
    case GST_VIDEO_COLOR_MATRIX_FCC:
      spec.matrix = ColourMatrix::bt601;
      break;
    case GST_VIDEO_COLOR_MATRIX_UNKNOWN:
    case GST_VIDEO_COLOR_MATRIX_RGB:
      spec.matrix =
          GST_VIDEO_INFO_HEIGHT(&info) > kTallestSdHeight ? ColourMatrix::bt709 : ColourMatrix::bt601;
      break;
    default:
      spec.matrix = ColourMatrix::bt709;
      break;
  }
  const bool is_full = info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  spec.range = is_full ? ColourRange::full : ColourRange::limited;
  return spec;
}

GstClockTime frame_duration(const GstVideoInfo& info) {
  if (GST_VIDEO_INFO_FPS_N(&info) <= 0) return 0;
  return gst_util_uint64_scale_int(GST_SECOND, GST_VIDEO_INFO_FPS_D(&info), GST_VIDEO_INFO_FPS_N(&info));
}

ImageView image_view(const MappedFrame& mapped) { return mutable_image_view(mapped); }

MutableImageView mutable_image_view(const MappedFrame& mapped) {
  const GstVideoFrame& frame = mapped.frame();
  MutableImageView view{.format = format_of(frame),
                        .width = GST_VIDEO_FRAME_WIDTH(&frame),
                        .height = GST_VIDEO_FRAME_HEIGHT(&frame),
                        .colour = colour_spec(frame.info)};
  for (int plane = 0; plane < plane_count(view.format); ++plane) {
    const auto p = static_cast<std::size_t>(plane);
    view.planes[p] = static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane));
    view.strides[p] = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane);
  }
  return view;
}

}  // namespace lc::elements
