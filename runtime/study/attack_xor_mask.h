// Attacks on xor-mask: its second use gives the XOR of two pictures, and one known picture the mask.
#pragma once

#include "study/attack.h"
#include "study/xor_mask.h"

namespace lc::study {

// pictures: the first is known to the attacker, the second is what it wants. errors  those of the cipher
Result<AttackResults> attack_xor_mask(XorMask& victim, std::span<const Image> pictures);

}  // namespace lc::study
