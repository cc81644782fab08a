#include "elements/study/studylabel.h"

#include <algorithm>

#include "elements/glue/caps.h"
#include "elements/glue/errors.h"
#include "elements/study/study_cipher_event.h"
#include "tensor/draw.h"

#define GST_CAT_DEFAULT debug_category<StudyLabel>

namespace lc::elements {
namespace {

constexpr Colour kAmber{255, 180, 40}, kBlack{0, 0, 0};
constexpr int kLinesAcross = 20;  // lines of text that a picture would have room for, one above the other

}  // namespace

StudyLabel::StudyLabel(GstBaseTransform* self) : Element(self) { gst_base_transform_set_in_place(self, TRUE); }

void StudyLabel::class_init(ClassInit<StudyLabel>& c) {
  c.sink(kRawCaps).src(kRawCaps);
  c.base->passthrough_on_same_caps = FALSE;
  c.bind<&StudyLabel::start>(c.base->start);
  c.bind<&StudyLabel::set_caps>(c.base->set_caps);
  c.bind<&StudyLabel::sink_event>(c.base->sink_event);
  c.bind<&StudyLabel::transform_ip>(c.base->transform_ip);
}

Ptr<GstStructure> StudyLabel::stats() const { return make_stats(kInfo.name, {{"frames-drawn", frames_drawn_.value()}}); }

bool StudyLabel::start() {
  frames_drawn_.set(0);
  words_ = "STUDY: not secure";
  return true;
}

bool StudyLabel::set_caps(GstCaps* in, GstCaps*) { return gst_video_info_from_caps(&info_, in) != FALSE; }

bool StudyLabel::sink_event(GstEvent* event) {
  if (const auto cipher = study_cipher(event)) words_ = fmt::format("STUDY: cipher {}, not secure", *cipher);
  return parent<StudyLabel>()->sink_event(self(), event);
}

// As large as the labels of classoverlay, and smaller where that makes room for all the words.
void StudyLabel::write(const MutableImageView& picture) const {
  const int glyphs = glyph_count(words_), dots = kLinesAcross * kGlyphHeight;
  const int scale = std::max(1, std::min((picture.height + dots / 2) / dots, picture.width / (glyphs * kGlyphWidth)));
  fill(picture, {0, 0, (glyphs * kGlyphWidth + 2) * scale, (kGlyphHeight + 2) * scale}, kBlack);
  draw_text(picture, scale, scale, scale, words_, kAmber);
}

GstFlowReturn StudyLabel::transform_ip(GstBuffer* buffer) {
  auto frame = MappedFrame::create(info_, buffer, GST_MAP_READWRITE);
  if (!frame) {
    post_error(element(), frame.error());
    return GST_FLOW_ERROR;
  }
  write(mutable_image_view(*frame));
  frames_drawn_.add();
  return GST_FLOW_OK;
}

}  // namespace lc::elements
