#include "cli/study_elements.h"

#include <algorithm>

#include "base/file.h"
#include "cli/clocks.h"
#include "cli/private_folder.h"
#include "engine/element_encoder.h"

namespace lc::cli {
namespace {

Image picture_of(const engine::TappedFrame& frame) {
  LC_EXPECT(frame.format == "RGB" || frame.format == "GRAY8", "the elements give what they took");
  const PixelFormat format = frame.format == "RGB" ? PixelFormat::rgb : PixelFormat::gray8;
  Image out = Image::make(format, frame.width, frame.height);
  const auto view = out.mutable_view();
  for (int y = 0; y < frame.height; ++y)
    std::copy_n(frame.planes[0] + std::ptrdiff_t{y} * frame.strides[0], row_bytes(format, 0, frame.width),
                view.row(0, y));
  return out;
}

}  // namespace

std::string launch_value(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out + "\"";
}

Result<Passage> pass_elements(const std::string& launch, std::span<const Image> pictures) {
  Passage out;
  const Image& first = pictures[0];
  const auto chain = LC_TRY(engine::ElementEncoder::create(
      launch, first.width(), first.height(),
      [&](const engine::TappedFrame& frame) { out.pictures.push_back(picture_of(frame)); },
      std::string(to_string(first.format()))));
  for (const Image& picture : pictures) {
    const ImageView view = picture.view();
    const int number = LC_TRY(chain->add({.format = to_string(view.format),
                                          .width = view.width,
                                          .height = view.height,
                                          .planes = view.planes,
                                          .strides = view.strides}));
    const double before = thread_ms();
    out.bytes += static_cast<double>(LC_TRY(chain->encode(number)));
    out.ms += thread_ms() - before;
  }
  chain->finish();
  if (out.pictures.size() != pictures.size())
    return fail(Errc::backend, "{} of {} pictures came back through '{}'", out.pictures.size(), pictures.size(),
                launch);
  return out;
}

Result<ThroughElements> through_elements(const std::string& cipher, const std::string& variant, ByteSpan secret,
                                         std::span<const Image> pictures) {
  const auto folder = LC_TRY(PrivateFolder::create());
  const auto key = folder.path() / "study.key";
  LC_TRY(save_file(key, secret));
  const std::string with_key = fmt::format("key-file={} allow-insecure=true", launch_value(key.string()));
  const Passage passage =
      LC_TRY(pass_elements(fmt::format("studyencrypt cipher={} variant={} {} ! identity name=coded ! studydecrypt {}",
                                       cipher, variant, with_key, with_key),
                           pictures));
  const auto count = static_cast<double>(pictures.size());
  const bool is_exact =
      std::equal(pictures.begin(), pictures.end(), passage.pictures.begin(),
                 [](const Image& a, const Image& b) { return a.format() == b.format() && a.samples() == b.samples(); });
  return ThroughElements{static_cast<int>(pictures.size()), passage.bytes / count, passage.ms / count, is_exact};
}

}  // namespace lc::cli
