// Attacks on additive-square: no sum is reduced, so the root of a ciphertext is x + k, and the picture shines through.
#pragma once

#include "study/additive_square.h"
#include "study/attack.h"

namespace lc::study {

// pictures: the first is known to the attacker, the second is what it wants. errors  those of the cipher
Result<AttackResults> attack_additive_square(AdditiveSquare& victim, std::span<const Image> pictures);

}  // namespace lc::study
