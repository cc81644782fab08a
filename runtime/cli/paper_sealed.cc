#include "cli/paper_sealed.h"

#include "cli/clocks.h"
#include "cli/sealed_cipher.h"
#include "cli/spread.h"
#include "cli/study_elements.h"

namespace lc::cli {
namespace {

// Sealing and opening as many bytes as a coded picture has.
Result<std::size_t> measure_sealing(std::size_t bytes, Measures& to) {
  const auto cipher = LC_TRY(SealedCipher::create(Bytes(32)));
  const Bytes coded(bytes);
  const study::Shape shape{static_cast<int>(bytes), 1, 1};
  Bytes sealed, opened;
  Spread seal, open;
  for (int i = 0; i < 100; ++i) {
    double before = thread_ms();
    LC_TRY(cipher->encrypt({shape, coded}, sealed));
    seal.add(thread_ms() - before);
    before = thread_ms();
    LC_TRY(cipher->decrypt(sealed, shape, opened));
    open.add(thread_ms() - before);
  }
  to.add("encrypt_ms", seal.median(), "ms");
  to.add("decrypt_ms", open.median(), "ms");
  return sealed.size();
}

}  // namespace

Result<PaperResult> measure_sealed_system(const PaperSystem& system, const std::filesystem::path& data) {
  auto set = LC_TRY(load_data(system, data));
  const bool is_gray = set.pictures[0].format() == PixelFormat::gray8;
  const std::string launch = fmt::format(
      "aeencode model={} quality={} key-interval=1 ! identity name=coded ! aedecode ! video/x-raw,format={} ! identity",
      system.model, system.quality, is_gray ? "GRAY8" : "RGB");
  const Passage both = LC_TRY(pass_elements(launch, set.pictures));
  PaperResult out;
  out.system = system;
  out.pictures = static_cast<int>(set.pictures.size());
  out.width = set.pictures[0].width(), out.height = set.pictures[0].height();
  const auto count = static_cast<double>(out.pictures);
  const auto picture_bytes = static_cast<double>(set.pictures[0].samples().size());
  const Distance back = distance(set.pictures, both.pictures);
  Measures& to = out.measures;
  to.add("retrieved_psnr", back.psnr(), "dB");
  to.add("retrieved_ssim", back.ssim);
  to.add("retrieved_mse", back.mse);
  to.add("retrieved_mae", back.mae);
  to.add("picture_bytes", picture_bytes, "bytes");
  to.add("latent_bytes", both.bytes / count, "bytes");
  to.add("transfer_25_raw", 25 * 8e3 * picture_bytes / 100e6, "ms");
  to.add("transfer_25_latent", 25 * 8e3 * both.bytes / count / 100e6, "ms");
  to.add("encode_and_decode_ms", both.ms / count, "ms");
  to.add("packet_bytes", static_cast<double>(LC_TRY(measure_sealing(static_cast<std::size_t>(both.bytes / count), to))),
         "bytes");
  if (!system.classifier.empty()) {
    auto classifier = LC_TRY(classify::Classifier::create(LC_TRY(codec::Bundle::load(system.classifier))));
    const auto truth = classes_of(system, set.labels);
    out.classes = classifier.labels();
    out.on_originals = LC_TRY(diagnose(classifier, set.pictures, truth));
    out.on_retrieved = LC_TRY(diagnose(classifier, both.pictures, truth));
    to.add(*out.on_originals, "original");
    to.add(*out.on_retrieved, "retrieved");
  }
  out.original = std::move(set.pictures[0]);
  out.retrieved = both.pictures[0];
  return out;
}

}  // namespace lc::cli
