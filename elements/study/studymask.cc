#include "elements/study/studymask.h"

#include "elements/glue/errors.h"
#include "elements/glue/video.h"
#include "elements/study/packed_rows.h"
#include "elements/study/study_start.h"

#define GST_CAT_DEFAULT debug_category<StudyMask>

namespace lc::elements {

StudyMask::StudyMask(GstBaseTransform* self) : Element(self) {
  gst_base_transform_set_in_place(self, TRUE);
  gst_base_transform_set_passthrough(self, FALSE);
}

void StudyMask::class_init(ClassInit<StudyMask>& c) {
  c.sink(kStudyPictureCaps).src(kStudyPictureCaps);
  c.base->passthrough_on_same_caps = FALSE;
  c.bind<&StudyMask::start>(c.base->start);
  c.bind<&StudyMask::stop>(c.base->stop);
  c.bind<&StudyMask::set_caps>(c.base->set_caps);
  c.bind<&StudyMask::transform_ip>(c.base->transform_ip);
}

Ptr<GstStructure> StudyMask::stats() const { return make_stats(kInfo.name, {{"frames", frames_.value()}}); }

bool StudyMask::start() {
  frames_.set(0);
  const StudyMaskSettings settings = this->settings();
  const auto prepare = [&]() -> Result<> {
    LC_TRY(allow_study(element(), settings.allow_insecure));
    const Bytes secret = LC_TRY(load_study_key(settings.key_file));
    cipher_.emplace(LC_TRY(study::PixelCipher::create(settings.cipher, secret)));
    inverse_ = settings.inverse;
    return {};
  };
  const auto prepared = prepare();
  if (!prepared) post_error(element(), prepared.error());
  return prepared.has_value();
}

bool StudyMask::stop() {
  cipher_.reset();
  return true;
}

bool StudyMask::set_caps(GstCaps* in, GstCaps*) { return gst_video_info_from_caps(&info_, in) != FALSE; }

Result<> StudyMask::mask(GstBuffer* buffer) {
  const auto frame = LC_TRY(MappedFrame::create(info_, buffer, GST_MAP_READWRITE));
  const study::Shape shape = pack_rows(image_view(frame), plain_);
  LC_TRY(cipher_->apply({shape, plain_}, inverse_, masked_));
  unpack_rows(masked_, mutable_image_view(frame));
  frames_.add();
  return {};
}

GstFlowReturn StudyMask::transform_ip(GstBuffer* buffer) {
  const auto masked = mask(buffer);
  if (!masked) post_error(element(), masked.error());
  return masked ? GST_FLOW_OK : GST_FLOW_ERROR;
}

}  // namespace lc::elements
