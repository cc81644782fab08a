// All elements of the plug-in `latentcast`, for the shared module, the program and the tests alike.
#pragma once

#include <gst/gst.h>

namespace lc::elements {

// Registers every element; FALSE when one could not be registered.
gboolean register_elements(GstPlugin* plugin);

}  // namespace lc::elements
