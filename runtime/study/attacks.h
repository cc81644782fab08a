// Every attack on one published cipher.
#pragma once

#include "study/attack.h"
#include "study/published.h"

namespace lc::study {

// A victim of its own with this secret is attacked.
//   pictures  two or more of one size and format, 64 x 64 or larger, of xor-mask and additive-square any: the first is
//             known to the attacker, the second wanted
//   errors    those of make_cipher() and of the ciphers; unsupported: pictures too few, too small or unlike
Result<AttackResults> attack(const CipherChoice& choice, ByteSpan secret, std::span<const Image> pictures);

}  // namespace lc::study
