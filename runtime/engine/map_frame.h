// A raw video buffer as a TappedFrame, for as long as it is mapped.
#pragma once

#include <gst/video/video.h>

#include "engine/tap.h"

namespace lc::engine {

// Calls `use` with the picture in `buffer`; false where caps or memory are not those of a picture.
template <class Use>
bool map_frame(GstCaps* caps, GstBuffer* buffer, TappedFrame out, Use&& use) {
  GstVideoInfo info;
  GstVideoFrame frame;
  if (!caps || !gst_video_info_from_caps(&info, caps) || !gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ))
    return false;
  out.format = GST_VIDEO_INFO_NAME(&info);
  out.width = GST_VIDEO_INFO_WIDTH(&info);
  out.height = GST_VIDEO_INFO_HEIGHT(&info);
  out.is_bt709 = info.colorimetry.matrix == GST_VIDEO_COLOR_MATRIX_BT709;
  out.is_full_range = info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES(&frame) && i < out.planes.size(); ++i) {
    out.planes[i] = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, i));
    out.strides[i] = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, i);
  }
  use(out);
  gst_video_frame_unmap(&frame);
  return true;
}

}  // namespace lc::engine
