// The shared module that GStreamer loads. The program and the tests call register_elements() themselves.
#include "elements/plugin.h"

#define PACKAGE "latentcast"

static gboolean plugin_init(GstPlugin* plugin) { return lc::elements::register_elements(plugin); }

#pragma GCC visibility push(default)
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, latentcast,
                  "Camera feeds as sealed latents: a learned codec, authenticated encryption and ZeroMQ",
                  plugin_init, LC_VERSION, "Apache 2.0", "latentcast", "latentcast")
#pragma GCC visibility pop
