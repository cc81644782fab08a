#include "elements/decoded_format.h"

#include "elements/glue/raii.h"
#include "elements/glue/video.h"

namespace lc::elements {

GstVideoColorimetry output_colorimetry(const GstVideoInfo& input, const GstVideoFormatInfo* format) {
  GstVideoColorimetry out = input.colorimetry;
  if (GST_VIDEO_FORMAT_INFO_IS_YUV(format)) {
    if (out.matrix != GST_VIDEO_COLOR_MATRIX_RGB && out.matrix != GST_VIDEO_COLOR_MATRIX_UNKNOWN) return out;
    const bool is_601 = colour_spec(input).matrix == ColourMatrix::bt601;
    out.matrix = is_601 ? GST_VIDEO_COLOR_MATRIX_BT601 : GST_VIDEO_COLOR_MATRIX_BT709;
    out.range = GST_VIDEO_COLOR_RANGE_16_235;
    return out;
  }
  if (GST_VIDEO_FORMAT_INFO_IS_RGB(format)) out.matrix = GST_VIDEO_COLOR_MATRIX_RGB;
  out.range = GST_VIDEO_COLOR_RANGE_0_255;
  return out;
}

GstVideoFormat choose_format(GstPad* pad, const GstVideoInfo& input) {
  const Ptr<GstCaps> allowed{gst_pad_get_allowed_caps(pad)};
  for (const auto format :
       {GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_NV12, GST_VIDEO_FORMAT_RGB, GST_VIDEO_FORMAT_GRAY8}) {
    const Ptr<GstCaps> ours{gst_caps_new_simple(
        "video/x-raw", "format", G_TYPE_STRING, gst_video_format_to_string(format), "width", G_TYPE_INT,
        GST_VIDEO_INFO_WIDTH(&input), "height", G_TYPE_INT, GST_VIDEO_INFO_HEIGHT(&input), nullptr)};
    if (!allowed || gst_caps_can_intersect(allowed.get(), ours.get())) return format;
  }
  return GST_VIDEO_FORMAT_I420;  // negotiation will fail, and say so
}

nn::PictureFormat picture_format(GstPad* pad, const GstVideoInfo& input) {
  const GstVideoFormat format = choose_format(pad, input);
  GstVideoInfo out;
  gst_video_info_set_format(&out, format, static_cast<guint>(GST_VIDEO_INFO_WIDTH(&input)),
                            static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&input)));
  out.colorimetry = output_colorimetry(input, out.finfo);
  return {pixel_format(format).value(), colour_spec(out)};
}

}  // namespace lc::elements
