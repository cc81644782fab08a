#include "cli/study_measure.h"

#include <algorithm>
#include <cmath>

#include "base/suggest.h"
#include "cli/clocks.h"
#include "cli/sealed_cipher.h"
#include "cli/spread.h"
#include "quality/psnr.h"
#include "quality/ssim.h"
#include "study/attacks.h"
#include "study/key_expansion.h"
#include "study/published.h"
#include "study/rsa_key.h"

namespace lc::cli {
namespace {

constexpr unsigned kRsaBits = 2048;

Result<Bytes> secret_of(std::uint64_t seed) {
  Bytes out(32), from;
  Writer(from).big(seed);
  LC_TRY(study::expand_key(from, "latentcast study", out));
  return out;
}

Result<StudiedSystem> published_system(const study::PublishedCipher& cipher, const std::string& variant,
                                       std::uint64_t seed) {
  StudiedSystem out;
  out.name = cipher.variants.size() == 1 ? cipher.name : cipher.name + ":" + variant;
  out.cipher = cipher.name, out.variant = variant;
  out.paper = cipher.paper;
  out.summary = cipher.summary;
  out.has_bits_of_key = !cipher.takes_pem;
  if (cipher.takes_pem) {
    const std::string pem = LC_TRY(study::RsaKey::generate(kRsaBits));
    const ByteSpan bytes = as_bytes(pem);
    out.secret.assign(bytes.begin(), bytes.end());
  } else {
    out.secret = LC_TRY(secret_of(seed));
  }
  const study::CipherChoice choice{cipher.name, variant, cipher.takes_pem ? "patient 17, born 1961" : ""};
  out.make = [choice](ByteSpan secret) { return study::make_cipher(choice, secret); };
  out.attack = [choice, secret = out.secret](std::span<const Image> pictures) {
    return study::attack(choice, secret, pictures);
  };
  return out;
}

Result<StudiedSystem> sealed_system(std::uint64_t seed) {
  StudiedSystem out;
  out.name = "sealed";
  out.paper = "latentcast";
  out.summary = "SFrame: AES-256-GCM, a fresh nonce for each frame";
  out.secret = LC_TRY(secret_of(seed));
  out.make = SealedCipher::create;
  out.attack = [secret = out.secret](std::span<const Image> pictures) -> Result<study::AttackResults> {
    const auto victim = LC_TRY(SealedCipher::create(secret));
    return study::AttackResults{LC_TRY(study::attack_integrity(*victim, pictures[1]))};
  };
  return out;
}

void add_costs(StudiedResult& out, study::Cipher& cipher, std::span<const Image> pictures, std::size_t bytes) {
  const auto count = static_cast<double>(pictures.size());
  out.bytes_a_byte = static_cast<double>(bytes) / (count * static_cast<double>(pictures[0].samples().size()));
  out.transfer_ms = 8e3 * static_cast<double>(bytes) / (count * 100e6);
  out.statistics.key_space = cipher.key_space(study::frame_of(pictures[0]).shape);
}

// What comes back, and what it costs.
Result<> measure_costs(StudiedResult& out, const StudiedSystem& system, std::span<const Image> pictures) {
  const auto cipher = LC_TRY(system.make(system.secret));
  Spread encrypt, decrypt;
  std::size_t bytes = 0;
  Bytes sealed, opened;
  double squares = 0, absolute = 0, ssim = 0;
  LC_TRY(cipher->encrypt(study::frame_of(pictures[0]), sealed));  // keys and masks are made at the first
  for (const Image& picture : pictures) {
    const study::Frame frame = study::frame_of(picture);
    double before = thread_ms();
    LC_TRY(cipher->encrypt(frame, sealed));
    encrypt.add(thread_ms() - before);
    bytes += sealed.size();
    before = thread_ms();
    LC_TRY(cipher->decrypt(sealed, frame.shape, opened));
    decrypt.add(thread_ms() - before);
    Image retrieved = study::picture_of(opened, picture);
    squares += quality::plane_mse(picture.view(), retrieved.view(), 0);
    for (std::size_t i = 0; i < opened.size(); ++i)
      absolute += std::abs(picture.samples()[i] - retrieved.samples()[i]) / static_cast<double>(opened.size());
    ssim += quality::ssim(picture.view(), retrieved.view());
    if (&picture != pictures.data()) continue;
    out.encrypted = study::picture_of(sealed, picture);
    out.retrieved = std::move(retrieved);
  }
  const auto count = static_cast<double>(pictures.size());
  out.encrypt_ms = encrypt.median(), out.decrypt_ms = decrypt.median();
  out.retrieved_mse = squares / count, out.retrieved_mae = absolute / count, out.retrieved_ssim = ssim / count;
  out.retrieved_psnr = quality::psnr_of_mse(out.retrieved_mse);
  add_costs(out, *cipher, pictures, bytes);
  return {};
}

}  // namespace

Result<std::vector<StudiedSystem>> studied_systems(const std::vector<std::string>& names, std::uint64_t seed) {
  std::vector<StudiedSystem> all;
  for (const study::PublishedCipher& cipher : study::published_ciphers()) {
    if (cipher.name == "none") continue;  // nothing to study
    for (const std::string& variant : cipher.variants) all.push_back(LC_TRY(published_system(cipher, variant, seed)));
  }
  all.push_back(LC_TRY(sealed_system(seed)));
  if (names.empty()) return all;
  std::vector<StudiedSystem> out;
  for (const std::string& name : names) {
    const std::size_t before = out.size();
    for (const StudiedSystem& s : all)
      if (s.name == name || s.name.substr(0, s.name.find(':')) == name) out.push_back(s);
    if (out.size() > before) continue;
    std::vector<std::string> known;
    for (const StudiedSystem& s : all) known.push_back(s.name);
    return fail(Errc::invalid_config, "no system '{}' is studied; known: {}{}", name, list_of(known),
                did_you_mean(name, known));
  }
  return out;
}

Result<StudiedResult> study_system(const StudiedSystem& system, std::span<const Image> pictures) {
  StudiedResult out;
  out.name = system.name, out.paper = system.paper, out.summary = system.summary;
  LC_TRY(measure_costs(out, system, pictures));
  out.statistics.metrics = LC_TRY(over_pictures(
      pictures, [&](const Image& picture) { return study::statistics(system.make, system.secret, picture); }));
  if (system.has_bits_of_key)
    out.statistics.key_sensitivity =
        LC_TRY(study::key_sensitivity(system.make, system.secret, study::part_of(pictures[0], 128, 128)));
  if (!system.cipher.empty())
    out.elements = LC_TRY(through_elements(system.cipher, system.variant, system.secret, pictures));
  out.attacks = LC_TRY(system.attack(pictures));
  out.verdict = study::verdict_of(out.attacks);
  return out;
}

}  // namespace lc::cli
