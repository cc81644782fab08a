// Between GStreamer's video frames and our image views.
#pragma once

#include <gst/video/video.h>

#include <optional>

#include "elements/glue/raii.h"
#include "tensor/image.h"

namespace lc::elements {

std::optional<PixelFormat> pixel_format(GstVideoFormat format);
GstVideoFormat video_format(PixelFormat format);

// Matrix and range that the caps say, or that GStreamer assumes. Matrices that we do not have count as
// BT.709; RGB has none of its own and gets what a picture of this height usually has. Encoder and decoder use
// the same rule, so that what is not exact on the way in is undone on the way out.
ColourSpec colour_spec(const GstVideoInfo& info);

// 0 where the rate is unknown or varies.
GstClockTime frame_duration(const GstVideoInfo& info);

// The frame must be of one of our formats; the view ends with it.
ImageView image_view(const MappedFrame& frame);
MutableImageView mutable_image_view(const MappedFrame& frame);

}  // namespace lc::elements
