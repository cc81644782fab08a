// To add an element: its .h and .cc beside this file, a line here, a line in meson.build, a test in
// tests/elements/.
#include "elements/plugin.h"

#include "elements/glue/element_class.h"

namespace lc::elements {

gboolean register_elements(GstPlugin* plugin) {
  gboolean all = TRUE;
  // one line for each element:  all &= register_element<AeEncode>(plugin);
  (void)plugin;
  return all;
}

}  // namespace lc::elements
