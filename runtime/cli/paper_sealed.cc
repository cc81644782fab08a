#include "cli/paper_sealed.h"

#include "cli/clocks.h"
#include "cli/paper_region.h"
#include "cli/private_folder.h"
#include "cli/sealed_cipher.h"
#include "cli/spread.h"
#include "cli/study_elements.h"
#include "seal/keyring.h"

namespace lc::cli {
namespace {

// Sealing and opening as many bytes as a coded picture has. Returns how many they become.
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

// Bytes a picture of the whole chain as users run it, announcements and framing included.
Result<double> packet_bytes(const std::string& encode, const std::string& decode, std::span<const Image> pictures) {
  const auto folder = LC_TRY(PrivateFolder::create());
  const auto ring = LC_TRY(seal::KeyRing::create(folder.path() / "keys"));
  LC_TRY(ring.pin(LC_TRY(ring.generate(seal::Role::device, "study"))));
  LC_TRY(ring.pin(LC_TRY(ring.generate(seal::Role::receiver, "study"))));
  const std::string keyring = "keyring=" + launch_value(ring.folder().string());
  const Passage passage =
      LC_TRY(pass_elements(fmt::format("{} ! latentencrypt {} ! identity name=coded ! latentdecrypt {} ! {}", encode,
                                       keyring, keyring, decode),
                           pictures));
  return passage.bytes / static_cast<double>(pictures.size());
}

// What a classifier on latents makes of them, and its region of interest: measured, and drawn by the elements.
Result<> measure_region(const PaperSystem& system, std::span<const Image> pictures, std::span<const int> truth,
                        const std::string& encode, PaperResult& out) {
  const auto autoencoder = LC_TRY(codec::Bundle::load(system.model));
  const auto latents = LC_TRY(latents_of(pictures, autoencoder, system.quality));
  auto classifier =
      LC_TRY(classify::Classifier::create(LC_TRY(codec::Bundle::load(system.latent_classifier)), autoencoder,
                                          pictures[0].width(), pictures[0].height()));
  out.diagnoses.emplace_back("latents", LC_TRY(diagnose(classifier, latents, truth)));
  out.measures.add(out.diagnoses.back().second, "latents");
  Spread look;
  classify::Labels labels;
  for (const auto& frame : latents) {
    const double before = thread_ms();
    LC_TRY(classifier.classify(frame.latent, frame.header.quality, {}, labels));
    look.add(thread_ms() - before);
  }
  out.measures.add("region_ms", look.median(), "ms");
  const Deletion deletion = LC_TRY(deletion_test(classifier, latents, 1));
  out.measures.add("region_drop", 100 * deletion.by_evidence, "points");
  out.measures.add("random_drop", 100 * deletion.at_random, "points");
  const std::string draw =
      fmt::format("{} ! identity name=coded ! cnnclassify model={} autoencoder={} ! aedecode ! video/x-raw,format=RGB ! "
                  "classoverlay",
                  encode, system.latent_classifier, system.model);
  out.region = LC_TRY(pass_elements(draw, pictures.first(1))).pictures[0];
  return {};
}

}  // namespace

Result<PaperResult> measure_sealed_system(const PaperSystem& system, const std::filesystem::path& data) {
  auto set = LC_TRY(load_data(system, data));
  const bool is_gray = set.pictures[0].format() == PixelFormat::gray8;
  const std::string encode = fmt::format("aeencode model={} quality={} key-interval=1", system.model, system.quality);
  const std::string decode = fmt::format("aedecode ! video/x-raw,format={} ! identity", is_gray ? "GRAY8" : "RGB");
  const Passage passage = LC_TRY(pass_elements(encode + " ! identity name=coded ! " + decode, set.pictures));
  PaperResult out;
  out.system = system;
  out.pictures = static_cast<int>(set.pictures.size());
  out.width = set.pictures[0].width(), out.height = set.pictures[0].height();
  const auto count = static_cast<double>(out.pictures);
  Measures& to = out.measures;
  to.add_retrieved(distance(set.pictures, passage.pictures));
  to.add("encode_and_decode_ms", passage.ms / count, "ms");
  const auto sent = LC_TRY(measure_sealing(static_cast<std::size_t>(passage.bytes / count), to));
  to.add_sizes(static_cast<double>(set.pictures[0].samples().size()), passage.bytes / count, static_cast<double>(sent),
               LC_TRY(packet_bytes(encode, decode, set.pictures)));
  if (!system.classifier.empty()) {
    auto classifier = LC_TRY(classify::Classifier::create(LC_TRY(codec::Bundle::load(system.classifier))));
    const auto truth = classes_of(system, set.labels);
    out.classes = classifier.manifest().labels;
    out.diagnoses.emplace_back("originals", LC_TRY(diagnose(classifier, set.pictures, truth)));
    to.add(out.diagnoses.back().second, "original");
    out.diagnoses.emplace_back("retrieved", LC_TRY(diagnose(classifier, passage.pictures, truth)));
    to.add(out.diagnoses.back().second, "retrieved");
    if (!system.latent_classifier.empty()) LC_TRY(measure_region(system, set.pictures, truth, encode, out));
  }
  const auto cipher = LC_TRY(SealedCipher::create(Bytes(32)));
  out.attacks.push_back(LC_TRY(study::attack_integrity(*cipher, set.pictures[0])));
  out.original = std::move(set.pictures[0]);
  out.retrieved = passage.pictures[0];
  return out;
}

}  // namespace lc::cli
