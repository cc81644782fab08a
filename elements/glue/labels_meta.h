// Labels on a buffer: the only file that knows how GStreamer carries them.
//
// A custom meta "LatentcastLabels" holds all that Labels has. Where GStreamer has analytics (1.24 on), the
// same labels are attached as a GstAnalyticsRelationMeta too, for elements that are not ours.
//
//   LatentcastLabels, model=(string), is-confident=(boolean), age=(int), looked-at=(guint64),
//                     width=(int), height=(int),
//                     labels=(array)< (label, index=(int), name=(string), confidence=(double)), ... >,
//                     region=(rectangle),       where not everywhere was looked at
//                     evidence=(evidence)       where the network tells it
//   rectangle, x=(int), y=(int), width=(int), height=(int)       in pixels of the picture that was looked at, whose
//                                                                 size is that of the meta
//   evidence, rows=(int), columns=(int), area=(rectangle), values=(GBytes)       rows * columns bytes
#pragma once

#include <gst/gst.h>

#include <optional>

#include "classify/labels.h"
#include "elements/glue/raii.h"

namespace lc::elements {

// `buffer` must be writable. Replaces labels of the same model.
void attach_labels(GstBuffer* buffer, const classify::Labels& labels);

// Of the classifier that came last.
std::optional<classify::Labels> labels_of(GstBuffer* buffer);

// After a flush, and in another stream, labels from before say nothing.
bool ends_labels(GstEvent* event);

}  // namespace lc::elements
