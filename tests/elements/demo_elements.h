// Small elements that show, and let us test, what elements/glue does for every element.
#pragma once

#include <gst/gst.h>

namespace lc::elements {

// demotransform  in place; adds `gain` to each byte; throws when told so
// demopads       plain GstElement: passes buffers on, unless they begin with "throw"; counts events and
// queries demosrc        push source of `count` buffers demosink       swallows buffers
gboolean register_demo_elements(GstPlugin* plugin);

}  // namespace lc::elements
