// To add an element: its .h and .cc beside this file, a line here, a line in meson.build, a test in
// tests/elements/.
#include "elements/plugin.h"

#include "elements/aedecode.h"
#include "elements/aeencode.h"
#include "elements/classoverlay.h"
#include "elements/cnnclassify.h"
#include "elements/glue/element_class.h"
#include "elements/latentdecrypt.h"
#include "elements/latentdemux.h"
#include "elements/latentencrypt.h"
#include "elements/latentmux.h"
#include "elements/latentzmqsink.h"
#include "elements/latentzmqsrc.h"

namespace lc::elements {

gboolean register_elements(GstPlugin* plugin) {
  gboolean all = TRUE;
  all &= register_element<AeEncode>(plugin);
  all &= register_element<AeDecode>(plugin);
  all &= register_element<ClassOverlay>(plugin);
  all &= register_element<CnnClassify>(plugin);
  all &= register_element<LatentDecrypt>(plugin);
  all &= register_element<LatentDemux>(plugin);
  all &= register_element<LatentEncrypt>(plugin);
  all &= register_element<LatentMux>(plugin);
  all &= register_element<LatentZmqSink>(plugin);
  all &= register_element<LatentZmqSrc>(plugin);
  all &= register_recording_type(plugin);
  return all;
}

}  // namespace lc::elements
