// main() of the element tests: no system plug-ins, no scanner, a registry of its own, our elements registered
// statically. So the tests run in milliseconds and clean under every sanitizer.
#include <doctest/doctest.h>
#include <gst/gst.h>

#include <cstdlib>

#include "elements/demo_elements.h"
#include "elements/plugin.h"
#include "elements/study/plugin.h"
#include "support/test.h"

// ThreadSanitizer does not see GLib's futex locks nor the reference counts of uninstrumented libraries.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_suppressions() {
  return "called_from_lib:libglib-2.0.so.0\n"
         "called_from_lib:libgobject-2.0.so.0\n"
         "called_from_lib:libgstreamer-1.0.so.0\n"
         "called_from_lib:libgstbase-1.0.so.0\n"
         "called_from_lib:libgstvideo-1.0.so.0\n"
         "called_from_lib:libgstcheck-1.0.so.0\n";
}

int main(int argc, char** argv) {
  const lc::test::TempDir folder;
  ::setenv("GST_PLUGIN_SYSTEM_PATH_1_0", "", 1);
  ::setenv("GST_PLUGIN_PATH_1_0", "", 1);
  ::setenv("GST_REGISTRY_1_0", (folder / "registry.bin").c_str(), 1);
  ::setenv("GST_REGISTRY_FORK", "no", 1);
  gst_init(nullptr, nullptr);
  const auto register_all = [](GstPlugin* plugin) -> gboolean {
    return lc::elements::register_elements(plugin) && lc::elements::register_demo_elements(plugin) &&
           lc::elements::register_study_elements(plugin);
  };
  gst_plugin_register_static(GST_VERSION_MAJOR, GST_VERSION_MINOR, "latentcast", "elements under test",
                             register_all, "0", "Apache 2.0", "latentcast", "latentcast", "tests");
  const int result = doctest::Context(argc, argv).run();
  gst_deinit();
  return result;
}
