// The shared module that GStreamer loads.
#include "elements/study/plugin.h"

#define PACKAGE "latentcast"

static gboolean plugin_init(GstPlugin* plugin) { return lc::elements::register_study_elements(plugin); }

#pragma GCC visibility push(default)
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, latentcaststudy,
                  "Published image ciphers to be studied; none of them protects anything", plugin_init, LC_VERSION,
                  "Apache 2.0", "latentcast", "latentcast")
#pragma GCC visibility pop
