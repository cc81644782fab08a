#include "cli/study_elements.h"

#include "base/file.h"
#include "cli/clocks.h"
#include "cli/private_folder.h"
#include "engine/element_encoder.h"
#include "tensor/convert.h"

namespace lc::cli {
namespace {

struct Passed {
  std::vector<Bytes> pictures;  // as they left the last element
  double bytes = 0, ms = 0;
};

Bytes samples_of(const engine::TappedFrame& frame) {
  Bytes out;
  const std::size_t row = static_cast<std::size_t>(frame.width) * (frame.format == "RGB" ? 3 : 1);
  for (int y = 0; y < frame.height; ++y) {
    const auto bytes = std::as_bytes(std::span(frame.planes[0] + std::ptrdiff_t{y} * frame.strides[0], row));
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  return out;
}

Result<Passed> pass(const std::string& launch, std::span<const Image> pictures) {
  Passed out;
  const auto chain = LC_TRY(engine::ElementEncoder::create(
      launch, pictures[0].width(), pictures[0].height(),
      [&](const engine::TappedFrame& frame) { out.pictures.push_back(samples_of(frame)); }));
  for (const Image& picture : pictures) {
    const Image i420 = convert(picture.view(), PixelFormat::i420);
    const ImageView view = i420.view();
    const int number = LC_TRY(chain->add({.format = "I420",
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

}  // namespace

Result<ThroughElements> through_elements(const std::string& cipher, const std::string& variant, ByteSpan secret,
                                         std::span<const Image> pictures) {
  const auto folder = LC_TRY(PrivateFolder::create());
  const auto key = folder.path() / "study.key";
  LC_TRY(save_file(key, secret));
  const std::string into = fmt::format("videoconvert ! video/x-raw,format={} ! ", to_string(pictures[0].format()));
  const Passed plain = LC_TRY(pass(into + "identity name=coded", pictures));
  const std::string with_key = fmt::format("key-file=\"{}\" allow-insecure=true", key.string());
  const Passed studied =
      LC_TRY(pass(fmt::format("{}studyencrypt cipher={} variant={} {} ! identity name=coded ! studydecrypt {}", into,
                              cipher, variant, with_key, with_key),
                  pictures));
  const auto count = static_cast<double>(pictures.size());
  return ThroughElements{static_cast<int>(pictures.size()), studied.bytes / count, studied.ms / count,
                         studied.pictures == plain.pictures};
}

}  // namespace lc::cli
