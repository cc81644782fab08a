// What aedecode makes of a stream: the format that downstream takes, and its colours.
#pragma once

#include <gst/video/video.h>

#include "nn/picture.h"

namespace lc::elements {

// What the pictures of a stream with these colours look like in another format.
GstVideoColorimetry output_colorimetry(const GstVideoInfo& input, const GstVideoFormatInfo* format);

// The first of our formats that what is behind the pad takes.
GstVideoFormat choose_format(GstPad* pad, const GstVideoInfo& input);

// That format, and its colours.
nn::PictureFormat picture_format(GstPad* pad, const GstVideoInfo& input);

}  // namespace lc::elements
