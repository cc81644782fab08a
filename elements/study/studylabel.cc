#include "elements/study/studylabel.h"

#include <algorithm>
#include <sstream>

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
  words_ = "NOT SECURE: study";
  return true;
}

bool StudyLabel::set_caps(GstCaps* in, GstCaps*) {
  if (!gst_video_info_from_caps(&info_, in)) return false;
  lay_out();
  return true;
}

bool StudyLabel::sink_event(GstEvent* event) {
  if (const auto cipher = study_cipher(event)) {
    words_ = fmt::format("NOT SECURE: study of {}", *cipher);
    lay_out();
  }
  return parent<StudyLabel>()->sink_event(self(), event);
}

// As large as the labels of classoverlay; a new line where the next word finds no room.
void StudyLabel::lay_out() {
  const int dots = kLinesAcross * kGlyphHeight;
  scale_ = std::max(1, (GST_VIDEO_INFO_HEIGHT(&info_) + dots / 2) / dots);
  const int room = GST_VIDEO_INFO_WIDTH(&info_) / (scale_ * kGlyphWidth);
  lines_.clear();
  std::istringstream words(words_);
  for (std::string word; words >> word;) {
    if (lines_.empty() || glyph_count(lines_.back()) + 1 + glyph_count(word) > room)
      lines_.push_back(word);
    else
      lines_.back() += " " + word;
  }
}

void StudyLabel::write(const MutableImageView& picture) const {
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const int y = static_cast<int>(i) * kGlyphHeight * scale_;
    fill(picture, {0, y, (glyph_count(lines_[i]) * kGlyphWidth + 2) * scale_, (kGlyphHeight + 2) * scale_}, kBlack);
    draw_text(picture, scale_, y + scale_, scale_, lines_[i], kAmber);
  }
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
