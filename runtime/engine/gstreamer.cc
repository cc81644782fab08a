#include "engine/gstreamer.h"

#include <gst/gst.h>

#include "elements/plugin.h"
#include "elements/study/plugin.h"

namespace lc::engine {

Result<> start_gstreamer() {
  if (gst_is_initialized() && gst_registry_find_plugin(gst_registry_get(), "latentcast-program")) return {};
  GError* error = nullptr;
  if (!gst_init_check(nullptr, nullptr, &error)) {
    const std::string text = error ? error->message : "no reason given";
    g_clear_error(&error);
    return fail(Errc::backend, "GStreamer does not start: {}", text);
  }
  // A name of its own: the shared module may be installed too, and the program's elements must win.
  if (!gst_plugin_register_static(GST_VERSION_MAJOR, GST_VERSION_MINOR, "latentcast-program",
                                  "elements of the program latentcast", elements::register_elements, "0.1",
                                  "Apache-2.0", "latentcast", "latentcast", "latentcast"))
    return fail(Errc::backend, "the elements of latentcast cannot be registered");
  if (!gst_plugin_register_static(GST_VERSION_MAJOR, GST_VERSION_MINOR, "latentcast-program-study",
                                  "published ciphers of the program latentcast, insecure", elements::register_study_elements,
                                  "0.1", "Apache-2.0", "latentcast", "latentcast", "latentcast"))
    return fail(Errc::backend, "the study elements of latentcast cannot be registered");
  return {};
}

std::string gstreamer_version() {
  gchar* text = gst_version_string();
  std::string out = text;
  g_free(text);
  return out;
}

}  // namespace lc::engine
