// Attacks on aes-features: none touches AES. Repeated blocks, fixed nonces and the missing tag are enough.
#pragma once

#include "study/aes_features.h"
#include "study/attack.h"

namespace lc::study {

// pictures: the first is known to the attacker, the second is what it wants; 32 pixels wide or more.
//   errors  those of the cipher
Result<AttackResults> attack_aes_features(AesFeatures& victim, std::span<const Image> pictures);

}  // namespace lc::study
