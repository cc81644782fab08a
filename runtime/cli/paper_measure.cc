#include "cli/paper_measure.h"

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "cli/clocks.h"
#include "cli/paper_attacks.h"
#include "cli/paper_cipher.h"
#include "cli/paper_encryption.h"
#include "cli/paper_sealed.h"
#include "cli/private_folder.h"
#include "cli/spread.h"
#include "cli/study_elements.h"
#include "codec/raw_autoencoder.h"
#include "quality/histogram.h"
#include "quality/jpeg.h"
#include "quality/noise.h"
#include "study/attacks.h"
#include "study/key_expansion.h"
#include "study/lsb.h"
#include "study/pixel_cipher.h"
#include "study/published.h"
#include "study/rsa_key.h"

namespace lc::cli {
namespace {

constexpr std::array kNoises{"none", "salt-pepper:0.02", "speckle:0.2", "poisson:255", "gaussian:25"};
constexpr int kSentColumns = 512;  // of the picture of a ciphertext, and its rows at most
constexpr unsigned kRsaBits = 2048;
constexpr int kEarlierPhotos = 600;
constexpr std::size_t kTimedPictures = 8;
constexpr int kTries = 1000, kSlowTries = 100;  // of altering what is sent
constexpr std::size_t kAttackedPictures = 8;    // of the attacks on the cipher

// Everything that one system needs, made once.
struct Run {
  const PaperSystem& system;
  std::shared_ptr<const codec::Bundle> bundle;
  codec::RawEncoder encoder;
  codec::RawDecoder decoder;
  Bytes secret;
  DataSet clean;                 // of the model's size and format
  std::vector<Image> sources{};  // what is sent: the clean ones, or coded with loss before
  std::vector<Image> retrieved{};
  std::vector<Bytes> packets{};
};

study::Shape latent_shape(const codec::RawShape& s) {
  return {s.latent_width, s.latent_height, s.latent_channels, s.is_f32 ? study::Sample::f32 : study::Sample::u8};
}

Result<Bytes> secret_of(const PaperSystem& system, const codec::Bundle& bundle, std::uint64_t seed) {
  if (!bundle.raw().study_key.empty()) return bundle.raw().study_key;
  if (system.cipher == "rsa-lsb") {
    const std::string pem = LC_TRY(study::RsaKey::generate(kRsaBits));
    return Bytes(as_bytes(pem).begin(), as_bytes(pem).end());
  }
  Bytes out(32), from;
  Writer(from).big(seed);
  LC_TRY(study::expand_key(from, "latentcast study", out));
  return out;
}

Result<std::unique_ptr<study::Cipher>> cipher_of(const Run& run) {
  return study::make_cipher({run.system.cipher, run.system.variant, run.system.message}, run.secret);
}

Result<Image> masked(const Run& run, const Image& picture) {
  if (run.system.pixel_cipher.empty()) return picture;
  Bytes out;
  auto cipher = LC_TRY(study::PixelCipher::create(run.system.pixel_cipher, run.secret));
  LC_TRY(cipher.apply(study::frame_of(picture), false, out));
  return study::picture_of(out, picture);
}

Result<Run> prepare(const PaperSystem& system, const std::filesystem::path& data, std::uint64_t seed) {
  auto bundle = LC_TRY(codec::Bundle::load(system.model));
  LC_TRY(bundle->need(codec::BundleKind::raw_autoencoder));
  const codec::RawShape& shape = bundle->raw();
  auto set = LC_TRY(load_data(system, data));
  const PixelFormat format = shape.input_channels == 3 ? PixelFormat::rgb : PixelFormat::gray8;
  for (Image& picture : set.pictures) picture = scaled(picture.view(), format, shape.width, shape.height);
  Run run{.system = system,
          .bundle = bundle,
          .encoder = LC_TRY(codec::RawEncoder::create(bundle)),
          .decoder = LC_TRY(codec::RawDecoder::create(bundle)),
          .secret = LC_TRY(secret_of(system, *bundle, seed)),
          .clean = std::move(set)};
  run.sources = run.clean.pictures;
  if (system.lossy_quality > 0)
    for (Image& picture : run.sources)
      picture = LC_TRY(quality::decode_jpeg(LC_TRY(quality::encode_jpeg(picture.view(), system.lossy_quality))));
  return run;
}

// As users run it: from picture to packet and back, all in elements.
Result<Passage> pass(const Run& run) {
  const PaperSystem& s = run.system;
  const auto folder = LC_TRY(PrivateFolder::create());
  const auto file = folder.path() / "study.key";
  LC_TRY(save_file(file, run.secret));
  const std::string key = fmt::format("key-file={} allow-insecure=true", launch_value(file.string()));
  const std::string mask = fmt::format("studymask cipher={} {}", s.pixel_cipher, key);
  const std::string launch = fmt::format(
      "{}studyencode model={} ! studyencrypt cipher={} variant={} message={} {} ! identity name=coded ! "
      "studydecrypt {} ! "
      "studydecode model={}{}",
      s.pixel_cipher.empty() ? "" : mask + " ! ", s.model, s.cipher, launch_value(s.variant), launch_value(s.message),
      key, key, s.model, s.unmasks_pixels ? " ! " + mask + " inverse=true" : "");
  return pass_elements(launch, run.sources);
}

// Processor time of each step. Keeps the packets.
Result<> measure_steps(Run& run, Measures& to) {
  const auto cipher = LC_TRY(cipher_of(run));
  const study::Shape shape = latent_shape(run.encoder.shape());
  Spread encode, decode;
  Bytes latent;
  std::vector<Bytes> latents;
  std::vector<study::Frame> frames;
  for (std::size_t i = 0; i < run.sources.size(); ++i) {
    const Image picture = LC_TRY(masked(run, run.sources[i]));
    double before = thread_ms();
    LC_TRY(run.encoder.encode(picture.view(), latent));
    encode.add(thread_ms() - before);
    if (i < kTimedPictures) latents.push_back(latent);
    LC_TRY(cipher->encrypt({shape, latent}, run.packets.emplace_back()));
    LC_TRY(cipher->decrypt(run.packets.back(), shape, latent));
    Image back = picture;
    const auto view = back.mutable_view();
    before = thread_ms();
    LC_TRY(run.decoder.decode(latent, view));
    decode.add(thread_ms() - before);
  }
  for (const Bytes& one : latents) frames.push_back({shape, one});
  to.add("encode_ms", encode.median(), "ms");
  LC_TRY(measure_encryption([&] { return cipher_of(run); }, frames, run.sources, to));
  to.add("decode_ms", decode.median(), "ms");
  return {};
}

double mean_bytes(std::span<const Bytes> packets) {
  double sum = 0;
  for (const Bytes& packet : packets) sum += static_cast<double>(packet.size());
  return sum / static_cast<double>(packets.size());
}

// P5's patient record, read from what the receiver decrypts.
Result<> check_message(const Run& run, Measures& to) {
  if (run.system.message.empty()) return {};
  const auto cipher = LC_TRY(cipher_of(run));
  std::size_t read = 0;
  for (const Bytes& packet : run.packets) {
    Bytes latent;
    LC_TRY(cipher->decrypt(packet, latent_shape(run.encoder.shape()), latent));
    const auto message = study::read_message(latent);
    read += message && as_text(*message) == run.system.message;
  }
  to.add("message_recovered", 100 * static_cast<double>(read) / static_cast<double>(run.packets.size()), "%");
  return {};
}

// Of the system as a cipher on pictures; and the entropy of all ciphertexts, one after the other.
Result<> measure_statistics(Run& run, PaperResult& out) {
  Bytes all;
  for (const Bytes& packet : run.packets) all.insert(all.end(), packet.begin(), packet.end());
  out.measures.add("cipher_entropy", quality::entropy(quality::histogram(all)), "bits");
  out.measures.add("random_entropy", quality::random_entropy(all.size()).mean, "bits");

  const PaperSystem& s = run.system;
  const study::Shape latent = latent_shape(run.encoder.shape()), picture = study::frame_of(run.sources[0]).shape;
  const PictureCoder coder{
      [&](const ImageView& view, Bytes& coded) { return run.encoder.encode(view, coded); },
      [&](ByteSpan coded, const MutableImageView& view) { return run.decoder.decode(coded, view); }, latent};
  const study::MakeCipher make = [&](ByteSpan secret) -> Result<std::unique_ptr<study::Cipher>> {
    auto cipher = LC_TRY(study::make_cipher({s.cipher, s.variant, s.message}, secret));
    if (s.pixel_cipher.empty()) return std::make_unique<PaperCipher>(coder, std::move(cipher));
    auto mask = LC_TRY(study::PixelCipher::create(s.pixel_cipher, secret));
    const auto keys = LC_TRY(study::make_cipher({s.pixel_cipher, "", ""}, secret))->key_space(picture);
    return std::make_unique<PaperCipher>(coder, std::move(cipher), std::move(mask), s.unmasks_pixels, keys);
  };
  out.statistics = LC_TRY(stream_study(make, run.secret, run.sources, static_cast<int>(latent.row_bytes()),
                                       s.cipher == "rsa-lsb" ? 0 : kKeyBits));
  out.measures.add("key_space", out.statistics.key_space.bits, "bits");
  return {};
}

Result<> measure_classifier(const Run& run, PaperResult& out) {
  if (run.system.classifier.empty()) return {};
  auto classifier = LC_TRY(classify::Classifier::create(LC_TRY(codec::Bundle::load(run.system.classifier))));
  out.classes = classifier.manifest().labels;
  if (run.system.data == "photos") {  // P4's: encrypted or not
    const auto& labels = classifier.manifest().labels;
    const auto class_of = [&](const char* name) {
      return static_cast<int>(std::find(labels.begin(), labels.end(), name) - labels.begin());
    };
    const int plain = class_of("plain"), encrypted = class_of("encrypted");
    std::vector<Image> pictures = run.clean.pictures;
    std::vector<int> truth(pictures.size(), plain);
    const auto cipher = LC_TRY(cipher_of(run));
    for (const Image& picture : run.clean.pictures) {
      Bytes bytes;
      LC_TRY(cipher->encrypt(study::frame_of(picture), bytes));
      bytes.erase(bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(picture.samples().size()));
      pictures.push_back(study::picture_of(bytes, picture));
      truth.push_back(encrypted);
    }
    out.diagnoses.emplace_back("originals", LC_TRY(diagnose(classifier, pictures, truth)));
    out.measures.add(out.diagnoses.back().second, labels[1] == "encrypted" ? "encrypted" : "plain");
    return {};
  }
  const std::vector<int> truth = classes_of(run.system, run.clean.labels);
  out.diagnoses.emplace_back("originals", LC_TRY(diagnose(classifier, run.clean.pictures, truth)));
  out.measures.add(out.diagnoses.back().second, "original");
  out.diagnoses.emplace_back("retrieved", LC_TRY(diagnose(classifier, run.retrieved, truth)));
  out.measures.add(out.diagnoses.back().second, "retrieved");
  return {};
}

// Of a set of photographs others were sent before: enough for who learns from pairs.
Result<study::AttackResults> attack(Run& run, const std::filesystem::path& data) {
  std::vector<Image> pictures;
  std::vector<Bytes> packets;
  if (run.system.data == "photos")
    pictures = LC_TRY(load_photos(data / "photos-train", run.encoder.shape().width, kEarlierPhotos)).pictures;
  const auto cipher = LC_TRY(cipher_of(run));
  for (const Image& picture : pictures) {
    Bytes latent;
    LC_TRY(run.encoder.encode(LC_TRY(masked(run, picture)).view(), latent));
    LC_TRY(cipher->encrypt({latent_shape(run.encoder.shape()), latent}, packets.emplace_back()));
  }
  const std::size_t earlier = pictures.size();
  pictures.insert(pictures.end(), run.sources.begin(), run.sources.end());
  packets.insert(packets.end(), run.packets.begin(), run.packets.end());
  auto out = LC_TRY(attack_latents(
      {run.system, run.encoder, run.decoder, pictures, packets, distance(run.sources, run.retrieved).psnr(), earlier}));
  if (run.system.cipher != "none")
    out.push_back(LC_TRY(study::attack_integrity(*cipher, run.packets[0], latent_shape(run.encoder.shape()),
                                                 run.system.cipher == "rsa-lsb" ? kSlowTries : kTries)));
  return out;
}

// Of latents, or of the pictures before them.
Result<study::AttackResults> attack_cipher(const Run& run) {
  const PaperSystem& s = run.system;
  const bool is_of_pixels = s.cipher == "none";
  if (is_of_pixels && s.pixel_cipher.empty()) return study::AttackResults{};
  const std::span<const Image> pictures(run.sources);
  return study::attack({is_of_pixels ? s.pixel_cipher : s.cipher, s.variant, s.message}, run.secret,
                       pictures.first(std::min(pictures.size(), kAttackedPictures)));
}

// P3's table 6: what the autoencoder makes of noise. Only where it is trained on pictures as they are.
Result<> measure_noise(Run& run, PaperResult& out) {
  if (!run.system.pixel_cipher.empty() || run.system.lossy_quality > 0) return {};
  const std::span<const Image> pictures =
      std::span(run.clean.pictures).first(std::min<std::size_t>(run.clean.pictures.size(), 16));
  for (const char* name : kNoises) {
    std::vector<Image> noisy, retrieved;
    for (const Image& picture : pictures) {
      noisy.push_back(std::string_view(name) == "none"
                          ? picture
                          : quality::add_noise(picture.view(), LC_TRY(quality::parse_noise(name)), noisy.size() + 1));
      Bytes latent;
      LC_TRY(run.encoder.encode(noisy.back().view(), latent));
      retrieved.push_back(picture);
      const auto view = retrieved.back().mutable_view();
      LC_TRY(run.decoder.decode(latent, view));
    }
    const Distance before = distance(pictures, noisy), after = distance(pictures, retrieved);
    out.noise.push_back({name, before.ssim, before.mse, after.ssim, after.mse});
  }
  return {};
}

}  // namespace

Result<DataSet> load_data(const PaperSystem& system, const std::filesystem::path& data) {
  if (system.data == "photos") return load_photos(data / "kodak", 128, system.pictures);
  DataSet set = LC_TRY(load_test_set(data, system.data, system.pictures));
  if (system.enlarged > 0)
    for (Image& picture : set.pictures)
      picture = scaled(picture.view(), picture.format(), system.enlarged, system.enlarged, quality::Kernel::bicubic);
  return set;
}

std::vector<int> classes_of(const PaperSystem& system, std::vector<int> labels) {
  const auto& positive = system.positive;
  if (!positive.empty())
    for (int& label : labels) label = std::find(positive.begin(), positive.end(), label) != positive.end() ? 1 : 0;
  return labels;
}

Result<PaperResult> measure_paper_system(const PaperSystem& system, const std::filesystem::path& data,
                                         std::uint64_t seed) {
  if (system.cipher == "sealed") return measure_sealed_system(system, data);
  Run run = LC_TRY(prepare(system, data, seed));
  PaperResult out;
  out.system = system;
  out.pictures = static_cast<int>(run.sources.size());
  out.width = run.sources[0].width(), out.height = run.sources[0].height();
  Measures& to = out.measures;
  auto passage = LC_TRY(pass(run));
  run.retrieved = std::move(passage.pictures);
  to.add_retrieved(distance(run.clean.pictures, run.retrieved));
  if (system.lossy_quality > 0) {
    const double before = distance(run.clean.pictures, run.sources).psnr();
    to.add("received_psnr", before, "dB");
    to.add("restoration_gain", to.find("retrieved_psnr")->value - before, "dB");
  }
  LC_TRY(measure_steps(run, to));
  to.add_sizes(static_cast<double>(run.sources[0].samples().size()), static_cast<double>(run.encoder.shape().bytes()),
               mean_bytes(run.packets), passage.bytes / static_cast<double>(out.pictures));
  LC_TRY(check_message(run, to));
  LC_TRY(measure_statistics(run, out));
  LC_TRY(measure_classifier(run, out));
  LC_TRY(measure_noise(run, out));
  out.attacks = LC_TRY(attack(run, data));
  out.cipher_attacks = LC_TRY(attack_cipher(run));
  out.original = run.clean.pictures[0];
  out.retrieved = run.retrieved[0];
  const auto rows = static_cast<int>(std::clamp<std::size_t>(run.packets[0].size() / kSentColumns, 1, kSentColumns));
  out.sent = study::picture_of(run.packets[0], Image::make(PixelFormat::gray8, kSentColumns, rows));
  return out;
}

}  // namespace lc::cli
