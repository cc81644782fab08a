#include "classify/labels_wire.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/text.h"

namespace lc::classify {
namespace {

enum Flags : std::uint8_t { kConfident = 1, kRegion = 2, kEvidence = 4 };
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMaxText = 255, kMaxCount = 255;
constexpr float kFull = 65535;

std::uint16_t short_of(int value) { return static_cast<std::uint16_t>(std::clamp(value, 0, 65535)); }

void put(Writer& to, const Rectangle& r) {
  for (const int value : {r.x, r.y, r.width, r.height}) to.big(short_of(value));
}

// As much of it as fits, whole code points.
void put(Writer& to, std::string_view text) {
  std::size_t size = std::min(text.size(), kMaxText);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  to.big(static_cast<std::uint8_t>(size));
  to.text(text.substr(0, size));
}

void write(const Labels& labels, std::size_t count, bool has_evidence, std::uint64_t pts, Bytes& out) {
  out.clear();
  Writer to(out);
  const bool is_timed = pts != kNoTime && labels.looked_at != kNoTime && labels.looked_at <= pts;
  to.big(kVersion);
  to.big(static_cast<std::uint8_t>((labels.is_confident ? kConfident : 0) | (labels.region.empty() ? 0 : kRegion) |
                                   (has_evidence ? kEvidence : 0)));
  to.big(static_cast<std::uint32_t>(std::max(labels.age, 0)));
  to.big(is_timed ? pts - labels.looked_at : kNoTime);
  to.big(short_of(labels.width));
  to.big(short_of(labels.height));
  put(to, labels.model);
  to.big(static_cast<std::uint8_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    to.big(short_of(labels.best[i].index));
    to.big(static_cast<std::uint16_t>(std::lrint(kFull * std::clamp(labels.best[i].confidence, 0.0f, 1.0f))));
    put(to, labels.best[i].name);
  }
  if (!labels.region.empty()) put(to, labels.region);
  if (!has_evidence) return;
  put(to, labels.evidence.area);
  to.big(static_cast<std::uint8_t>(labels.evidence.rows));
  to.big(static_cast<std::uint8_t>(labels.evidence.columns));
  to.bytes(std::as_bytes(std::span(labels.evidence.values)));
}

Result<std::string> text_from(Reader& from) {
  const auto size = LC_TRY(from.big<std::uint8_t>());
  const std::string_view text = as_text(LC_TRY(from.take(size)));
  if (!is_plain_name(text)) return fail(Errc::corrupt, "a name that is no text");
  return std::string(text);
}

Result<Rectangle> rectangle_from(Reader& from) {
  Rectangle r;
  for (int* value : {&r.x, &r.y, &r.width, &r.height}) *value = LC_TRY(from.big<std::uint16_t>());
  return r;
}

Result<Labels> read(Reader& from, std::uint64_t pts) {
  Labels out;
  if (LC_TRY(from.big<std::uint8_t>()) != kVersion) return fail(Errc::unsupported, "another version");
  const auto flags = LC_TRY(from.big<std::uint8_t>());
  out.is_confident = (flags & kConfident) != 0;
  const auto age = LC_TRY(from.big<std::uint32_t>());
  if (age > 0x7fffffff) return fail(Errc::corrupt, "an impossible age");
  out.age = static_cast<int>(age);
  const auto ago = LC_TRY(from.big<std::uint64_t>());
  if (ago != kNoTime && pts != kNoTime && ago <= pts) out.looked_at = pts - ago;
  out.width = LC_TRY(from.big<std::uint16_t>());
  out.height = LC_TRY(from.big<std::uint16_t>());
  out.model = LC_TRY(text_from(from));
  const auto count = LC_TRY(from.big<std::uint8_t>());
  if (count == 0) return fail(Errc::corrupt, "no labels");
  for (std::size_t i = 0; i < count; ++i) {
    Label label;
    label.index = LC_TRY(from.big<std::uint16_t>());
    label.confidence = static_cast<float>(LC_TRY(from.big<std::uint16_t>())) / kFull;
    label.name = LC_TRY(text_from(from));
    out.best.push_back(std::move(label));
  }
  if ((flags & kRegion) != 0) out.region = LC_TRY(rectangle_from(from));
  if ((flags & kEvidence) != 0) {
    out.evidence.area = LC_TRY(rectangle_from(from));
    out.evidence.rows = LC_TRY(from.big<std::uint8_t>());
    out.evidence.columns = LC_TRY(from.big<std::uint8_t>());
    const auto values = LC_TRY(from.take(static_cast<std::size_t>(out.evidence.rows * out.evidence.columns)));
    std::transform(values.begin(), values.end(), std::back_inserter(out.evidence.values),
                   [](std::byte value) { return std::to_integer<std::uint8_t>(value); });
  }
  if (from.remaining() > 0 || (flags & ~(kConfident | kRegion | kEvidence)) != 0)
    return fail(Errc::corrupt, "more than labels");
  return out;
}

}  // namespace

void pack_labels(const Labels& labels, std::uint64_t pts, std::size_t limit, Bytes& out) {
  const Evidence& evidence = labels.evidence;
  bool has_evidence = !evidence.empty() && evidence.rows <= 255 && evidence.columns <= 255;
  std::size_t count = std::min(labels.best.size(), kMaxCount);
  while (count > 0) {
    write(labels, count, has_evidence, pts, out);
    if (out.size() <= limit) return;
    if (!std::exchange(has_evidence, false)) --count;
  }
  out.clear();
}

std::optional<Labels> unpack_labels(ByteSpan bytes, std::uint64_t pts) {
  Reader from(bytes);
  auto labels = read(from, pts);
  if (!labels) return std::nullopt;
  return *std::move(labels);
}

}  // namespace lc::classify
