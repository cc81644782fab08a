#include "elements/study/plugin.h"

#include "elements/study/studydecode.h"
#include "elements/study/studydecrypt.h"
#include "elements/study/studyencode.h"
#include "elements/study/studyencrypt.h"
#include "elements/study/studylabel.h"
#include "elements/study/studymask.h"
#include "elements/study/studyzmqsink.h"
#include "elements/study/studyzmqsrc.h"

namespace lc::elements {

gboolean register_study_elements(GstPlugin* plugin) {
  gboolean all = TRUE;
  all &= register_element<StudyEncode>(plugin);
  all &= register_element<StudyDecode>(plugin);
  all &= register_element<StudyMask>(plugin);
  all &= register_element<StudyLabel>(plugin);
  all &= register_element<StudyEncrypt>(plugin);
  all &= register_element<StudyDecrypt>(plugin);
  all &= register_element<StudyZmqSink>(plugin);
  all &= register_element<StudyZmqSrc>(plugin);
  return all;
}

}  // namespace lc::elements
