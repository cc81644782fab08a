#include "cli/paper_sealed.h"

#include "cli/clocks.h"
#include "cli/paper_cipher.h"
#include "cli/paper_encryption.h"
#include "cli/paper_region.h"
#include "cli/private_folder.h"
#include "cli/sealed_cipher.h"
#include "cli/spread.h"
#include "cli/study_elements.h"
#include "codec/frame_decoder.h"
#include "seal/keyring.h"

namespace lc::cli {
namespace {

constexpr std::size_t kTimedPictures = 8;
constexpr int kColumns = 64;  // coded frames have no rows

// Sealed coded frames: what they cost beside sealed pictures, what statistics say of them, and what becomes of those
// that are altered. Returns how many bytes sealing adds to a frame.
Result<double> measure_sealing(std::span<const Image> pictures, const PaperSystem& system, PaperResult& out) {
  const auto bundle = LC_TRY(codec::Bundle::load(system.model));
  auto encoder = LC_TRY(still_encoder(pictures[0], bundle, system.quality));
  auto latents = LC_TRY(codec::LatentDecoder::create(bundle));
  auto decoder = LC_TRY(codec::FrameDecoder::create(bundle, pictures[0].width(), pictures[0].height()));
  const PictureCoder coder{[&](const ImageView& picture, Bytes& coded) {
                             coded.clear();
                             return encoder.encode(picture, true, coded).map([](const auto&) {});
                           },
                           [&](ByteSpan coded, const MutableImageView& picture) -> Result<> {
                             const auto frame = latents.decode(coded);
                             if (!frame) return fail(Errc::corrupt, "{}", frame.error().text);
                             return decoder.decode((*frame)->latent, (*frame)->header.quality, picture);
                           },
                           {}};
  const auto make = [](ByteSpan secret) { return SealedCipher::create(secret); };
  const Bytes secret(32);
  const study::MakeCipher whole = [&](ByteSpan key) -> Result<std::unique_ptr<study::Cipher>> {
    return std::make_unique<PaperCipher>(coder, LC_TRY(make(key)));
  };

  std::vector<Bytes> coded(std::min(pictures.size(), kTimedPictures));
  std::vector<study::Frame> frames;
  for (std::size_t i = 0; i < coded.size(); ++i) {
    LC_TRY(coder.encode(pictures[i].view(), coded[i]));
    frames.push_back({{static_cast<int>(coded[i].size()), 1}, coded[i]});
  }
  LC_TRY(measure_encryption([&] { return make(secret); }, frames, pictures, out.measures));
  out.statistics = LC_TRY(stream_study(whole, secret, pictures, kColumns, kKeyBits));
  out.measures.add("key_space", out.statistics.key_space.bits, "bits");

  const auto victim = LC_TRY(make(secret));
  Bytes sealed;
  LC_TRY(victim->encrypt(frames[0], sealed));
  const double more = static_cast<double>(sealed.size() - coded[0].size());
  out.attacks.push_back(LC_TRY(study::attack_integrity(*victim, sealed, frames[0].shape)));
  return more;
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
  auto classifier = LC_TRY(classify::Classifier::create(LC_TRY(codec::Bundle::load(system.latent_classifier)),
                                                        autoencoder, pictures[0].width(), pictures[0].height()));
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
  const std::string draw = fmt::format(
      "{} ! identity name=coded ! cnnclassify model={} autoencoder={} ! aedecode ! video/x-raw,format=RGB ! "
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
  const double more = LC_TRY(measure_sealing(set.pictures, system, out));
  to.add_sizes(static_cast<double>(set.pictures[0].samples().size()), passage.bytes / count,
               passage.bytes / count + more, LC_TRY(packet_bytes(encode, decode, set.pictures)));
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
  out.original = std::move(set.pictures[0]);
  out.retrieved = passage.pictures[0];
  return out;
}

}  // namespace lc::cli
