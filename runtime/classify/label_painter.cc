#include "classify/label_painter.h"

#include <algorithm>
#include <iterator>

#include "base/result.h"
#include "tensor/draw.h"

namespace lc::classify {
namespace {

constexpr Colour kWhite{255, 255, 255}, kGray{190, 190, 190}, kAmber{255, 180, 40}, kBlack{0, 0, 0}, kHeat{255, 40, 0};
constexpr int kShade = kOpaque * 5 / 8;  // of the box behind words
constexpr int kVeil = kOpaque / 2;       // of the strongest evidence
constexpr int kLinesAcross = 20;         // lines of text that a picture would have room for, one above the other

// The same part of a picture of another size.
Rectangle scaled(const Rectangle& r, const Labels& labels, const MutableImageView& image) {
  if (labels.width < 1 || labels.height < 1) return r;
  const auto across = [&](int x) { return static_cast<int>(std::int64_t{x} * image.width / labels.width); };
  const auto down = [&](int y) { return static_cast<int>(std::int64_t{y} * image.height / labels.height); };
  return {across(r.x), down(r.y), across(r.x + r.width) - across(r.x), down(r.y + r.height) - down(r.y)};
}

// At most `room` code points, with two dots in the place of what is cut off.
void cut(std::string& text, int room) {
  if (glyph_count(text) <= room) return;
  while (!text.empty() && glyph_count(text) > std::max(room - 2, 0)) {
    while (text.size() > 1 && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
    text.pop_back();
  }
  text += "..";
}

}  // namespace

// Fills text_ with at most `room` characters, where the numbers leave any for the name.
void LabelPainter::write(const Labels& labels, std::optional<std::uint64_t> age, int room) {
  const Label* answer = labels.answer();
  name_ = answer ? answer->name : "no confident label";
  text_.clear();
  auto out = std::back_inserter(text_);
  if (answer) fmt::format_to(out, " {:.0f} %", 100 * answer->confidence);
  if (age) fmt::format_to(out, ", {:.1f} s old", static_cast<double>(*age) * 1e-9);
  cut(name_, room - static_cast<int>(text_.size()));
  text_.insert(0, name_);
}

void LabelPainter::paint(const MutableImageView& image, const Labels& labels, std::optional<std::uint64_t> age,
                         bool shows_evidence) {
  const Colour ink = age ? kAmber : labels.answer() ? kWhite : kGray;
  constexpr int kDots = kLinesAcross * kGlyphHeight;
  const int scale = std::max(1, (image.height + kDots / 2) / kDots), margin = scale;
  const Evidence& evidence = labels.evidence;
  if (shows_evidence && !age && !evidence.empty())
    tint(image, scaled(evidence.area, labels, image), evidence.values, evidence.rows, evidence.columns, kHeat, kVeil);
  if (!labels.region.empty()) outline(image, scaled(labels.region, labels, image), scale, ink);
  write(labels, age, (image.width - 2 * margin) / (kGlyphWidth * scale));
  const int height = kGlyphHeight * scale + 2 * margin, top = image.height - height;
  fill(image, {0, top, glyph_count(text_) * kGlyphWidth * scale + 2 * margin, height}, kBlack, kShade);
  draw_text(image, margin, top + margin, scale, text_, ink);
}

}  // namespace lc::classify
