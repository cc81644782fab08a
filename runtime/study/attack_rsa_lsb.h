// Attacks on rsa-lsb: the textbook's 256 powers make a codebook, anyone can write to the receiver, and what is hidden
// in the lowest bits is found by counting and lost by coding.
#pragma once

#include "study/attack.h"
#include "study/rsa_lsb.h"

namespace lc::study {

// pictures: the second is what the attacker wants. With OAEP and large pictures decrypting takes minutes: a part of at
// most 64 x 64 is used there. errors  those of the cipher
Result<AttackResults> attack_rsa_lsb(RsaLsb& victim, std::span<const Image> pictures);

}  // namespace lc::study
