// The elements of the plug-in `latentcaststudy`: published ciphers that can be broken. A plug-in of its own, so that
// who does not install it does not have them.
#pragma once

#include <gst/gst.h>

namespace lc::elements {

// Registers every study element; FALSE when one could not be registered.
gboolean register_study_elements(GstPlugin* plugin);

}  // namespace lc::elements
