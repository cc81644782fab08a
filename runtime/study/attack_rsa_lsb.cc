#include "study/attack_rsa_lsb.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <unordered_map>

#include "quality/classification.h"
#include "quality/jpeg.h"
#include "quality/psnr.h"
#include "study/lsb.h"
#include "study/steganalysis.h"

namespace lc::study {
namespace {

Result<AttackResult> codebook(RsaLsb& victim, const Image& picture) {
  const Bytes cipher = LC_TRY(encrypted(victim, picture));
  const std::string pem = LC_TRY(victim.key().public_pem());
  const Stopwatch watch;
  RsaKey known = LC_TRY(RsaKey::create(as_bytes(pem), RsaKey::Padding::textbook));
  std::unordered_map<std::string, std::byte> book;
  Bytes power(known.block_bytes());
  for (int v = 0; v < 256; ++v) {
    const auto value = static_cast<std::byte>(v);
    LC_TRY(known.encrypt({&value, 1}, power));
    book.emplace(as_text(power), value);
  }
  Bytes read(cipher.size() / known.block_bytes());
  for (std::size_t i = 0; i < read.size(); ++i) {
    const auto found = book.find(std::string(as_text(ByteSpan(cipher).subspan(i * power.size(), power.size()))));
    if (found != book.end()) read[i] = found->second;
  }
  AttackResult r{"codebook", "the public key"};
  r.seconds = watch.seconds();
  Bytes truth;
  LC_TRY(victim.decrypt(cipher, frame_of(picture).shape, truth));
  r.recovered = share_equal(read, truth);
  r.result = fmt::format("{} of {} bytes read, and with them the hidden message; {} bytes of ciphertext a byte",
                         static_cast<std::size_t>(r.recovered * static_cast<double>(truth.size()) + 0.5), truth.size(),
                         power.size());
  r.shows = r.recovered == 1 ? Verdict::broken : Verdict::none;
  return r;
}

Result<AttackResult> arithmetic(RsaLsb& victim) {
  const Stopwatch watch;
  RsaKey key = LC_TRY(RsaKey::create(as_bytes(LC_TRY(victim.key().public_pem())), RsaKey::Padding::textbook));
  const auto power = [&](unsigned char value) -> Result<Bytes> {
    Bytes out(key.block_bytes());
    const std::byte b{value};
    LC_TRY(key.encrypt({&b, 1}, out));
    return out;
  };
  const Bytes zero = LC_TRY(power(0)), one = LC_TRY(power(1)), six = LC_TRY(power(6));
  const Bytes product = LC_TRY(key.multiply(LC_TRY(power(2)), LC_TRY(power(3))));
  const bool is_zero = std::all_of(zero.begin(), zero.end(), [](std::byte b) { return b == std::byte{0}; });
  const bool is_one = one.back() == std::byte{1} &&
                      std::all_of(one.begin(), one.end() - 1, [](std::byte b) { return b == std::byte{0}; });
  AttackResult r{"arithmetic", "the public key"};
  r.seconds = watch.seconds();
  r.recovered = (is_zero + is_one + (product == six)) / 3.0;
  r.result = fmt::format("E(0) is {}0, E(1) is {}1, E(2) E(3) is {}E(6)", is_zero ? "" : "not ", is_one ? "" : "not ",
                         product == six ? "" : "not ");
  r.shows = product == six ? Verdict::no_integrity : Verdict::none;
  r.aim = Aim::alter;
  return r;
}

// A picture with `share` of its bytes carrying random message bits.
Result<Image> stego_of(const Image& picture, double share) {
  Image out = picture;
  std::mt19937_64 random(77);
  const auto bytes = std::as_writable_bytes(std::span(out.mutable_view().planes[0], out.samples().size()));
  Bytes message(static_cast<std::size_t>(share * static_cast<double>(bytes.size())) / 8 - 4);
  for (std::byte& b : message) b = static_cast<std::byte>(random());
  LC_TRY(hide_message(message, bytes));
  return out;
}

// Both detectors over all pictures, clean and with a message in `share` of their lowest bits.
struct Detection {
  double pairs_auc = 0, rs_auc = 0, rs_mean = 0;
};
Result<Detection> detect(std::span<const Image> pictures, double share) {
  std::vector<quality::Scored> pairs, rs;
  Detection out;
  for (const Image& picture : pictures) {
    const Image stego = LC_TRY(stego_of(picture, share));
    const auto part = static_cast<std::size_t>(share * static_cast<double>(picture.samples().size()));
    for (const auto& [image, hides] : {std::pair{&picture, false}, {&stego, true}}) {
      pairs.push_back({pair_chance(frame_of(*image).bytes.first(part)), hides});
      rs.push_back({rs_rate(*image), hides});
    }
    out.rs_mean += rs.back().score / static_cast<double>(pictures.size());
  }
  out.pairs_auc = quality::roc(pairs).auc, out.rs_auc = quality::roc(rs).auc;
  return out;
}

Result<AttackResult> detection(std::span<const Image> pictures) {
  const Stopwatch watch;
  double mean = 0, squares = 0;
  for (const Image& picture : pictures) {
    const double rate = rs_rate(picture);
    mean += rate / static_cast<double>(pictures.size()), squares += rate * rate / static_cast<double>(pictures.size());
  }
  AttackResult r{"hidden message found", fmt::format("{} decrypted pictures, as many clean ones", pictures.size())};
  r.result = fmt::format("RS estimates {:.3f} +- {:.3f} in clean pictures", mean,
                         std::sqrt(std::max(0.0, squares - mean * mean)));
  for (const double share : {0.05, 0.25, 0.5}) {
    const Detection found = LC_TRY(detect(pictures, share));
    r.result += fmt::format("; {:.0f} % of the bits used: RS {:.3f}, AUC {:.2f}, pairs of values AUC {:.2f}",
                            100 * share, found.rs_mean, found.rs_auc, found.pairs_auc);
    r.recovered = found.rs_auc;
  }
  r.seconds = watch.seconds();
  return r;
}

Result<AttackResult> lossy_coding(const Image& picture) {
  const Image stego = LC_TRY(stego_of(picture, 0.25));
  const Stopwatch watch;
  const Image coded = LC_TRY(quality::decode_jpeg(LC_TRY(quality::encode_jpeg(stego.view(), 90))));
  const std::size_t bits = stego.samples().size() / 4;
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < bits; ++i) wrong += (stego.samples()[i] ^ coded.samples()[i]) & 1;
  AttackResult r{"message lost", "nothing: JPEG at quality 90 on the way"};
  r.seconds = watch.seconds();
  r.recovered = static_cast<double>(wrong) / static_cast<double>(bits);
  r.result = fmt::format("{:.1f} % of the hidden bits are wrong afterwards", 100 * r.recovered);
  return r;
}

// Nothing says who encrypted: a picture of the attacker's own opens like any other.
Result<AttackResult> forgery(RsaLsb& victim, const Image& picture) {
  const Image part = part_of(picture, 64, 64);
  const Frame truth = frame_of(part);
  const Stopwatch watch;
  const std::string pem = LC_TRY(victim.key().public_pem());
  RsaLsb forger = LC_TRY(RsaLsb::create(as_bytes(pem), victim.padding()));
  Bytes forged(truth.bytes.begin(), truth.bytes.end()), cipher, seen;
  std::reverse(forged.begin(), forged.end());
  LC_TRY(forger.encrypt({truth.shape, forged}, cipher));
  AttackResult r{"forgery", "the public key"};
  r.seconds = watch.seconds();
  const bool is_accepted = victim.decrypt(cipher, truth.shape, seen).has_value() && seen == forged;
  r.recovered = is_accepted ? 1 : 0;
  r.result = is_accepted ? "a picture of the attacker's own is accepted" : "refused";
  r.shows = is_accepted ? Verdict::no_integrity : Verdict::none;
  r.aim = Aim::alter;
  return r;
}

}  // namespace

Result<AttackResults> attack_rsa_lsb(RsaLsb& victim, std::span<const Image> pictures) {
  expect_frames(pictures);
  const bool is_textbook = victim.padding() == RsaKey::Padding::textbook;
  AttackResults out;
  if (is_textbook) {
    out.push_back(LC_TRY(codebook(victim, pictures[1])));
    out.push_back(LC_TRY(arithmetic(victim)));
  }
  out.push_back(LC_TRY(forgery(victim, pictures[1])));
  out.push_back(LC_TRY(detection(pictures)));
  out.push_back(LC_TRY(lossy_coding(pictures[1])));
  out.push_back(LC_TRY(attack_integrity(victim, pictures[1], is_textbook ? 1000 : 100)));
  return out;
}

}  // namespace lc::study
