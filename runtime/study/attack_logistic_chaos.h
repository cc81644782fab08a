// Attacks on logistic-chaos. The scale of the stream is the attacker's: a picture of zeros and ones is multiplied by
// one and passes unencrypted, which gives the permutation; a flat picture gives the stream. Where each picture has a
// fresh salt, the stream's bias gives a static scene away.
#pragma once

#include "study/attack.h"
#include "study/logistic_chaos.h"

namespace lc::study {

// pictures: the first is known to the attacker, the second is what it wants; 64 x 64 or larger.
//   errors  those of the cipher; unsupported: pictures too small
Result<AttackResults> attack_logistic_chaos(LogisticChaos& victim, std::span<const Image> pictures);

}  // namespace lc::study
