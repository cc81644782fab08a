#include "study/attacks.h"

#include <algorithm>

#include "study/attack_additive_square.h"
#include "study/attack_aes_features.h"
#include "study/attack_logistic_chaos.h"
#include "study/attack_rsa_lsb.h"
#include "study/attack_xor_mask.h"

namespace lc::study {
namespace {

constexpr int kLeastSide = 64;

}  // namespace

Result<AttackResults> attack(const CipherChoice& choice, ByteSpan secret, std::span<const Image> pictures) {
  const bool are_alike = std::all_of(pictures.begin(), pictures.end(), [&](const Image& p) {
    return p.format() == pictures[0].format() && p.width() == pictures[0].width() && p.height() == pictures[0].height();
  });
  if (pictures.size() < 2 || !are_alike)
    return fail(Errc::unsupported, "attacks take two pictures or more of one size and format");
  const auto cipher = LC_TRY(make_cipher(choice, secret));
  if (auto* mask = dynamic_cast<XorMask*>(cipher.get())) return attack_xor_mask(*mask, pictures);
  if (auto* square = dynamic_cast<AdditiveSquare*>(cipher.get())) return attack_additive_square(*square, pictures);
  if (pictures[0].width() < kLeastSide || pictures[0].height() < kLeastSide)
    return fail(Errc::unsupported, "the attacks on {} take pictures of {} x {} or more", choice.name, kLeastSide,
                kLeastSide);
  if (auto* chaos = dynamic_cast<LogisticChaos*>(cipher.get())) return attack_logistic_chaos(*chaos, pictures);
  if (auto* aes = dynamic_cast<AesFeatures*>(cipher.get())) return attack_aes_features(*aes, pictures);
  return attack_rsa_lsb(dynamic_cast<RsaLsb&>(*cipher), pictures);
}

}  // namespace lc::study
