// NPCR and UACI: how far two ciphertexts differ after a small change of plaintext or key, in per cent.
//
// They ask for diffusion under one key and nonce. A good value proves nothing (a fresh XOR mask reaches it); and
// AES-GCM with a nonce used twice has almost none, which does no harm where nonces never recur.
//   source  Wu, Noonan, Agaian 2011, for bytes
#pragma once

#include "base/bytes.h"
#include "quality/probability.h"

namespace lc::quality {

struct Differential {
  double npcr = 0;  // share of bytes that differ, 0..100
  double uaci = 0;  // mean of |a - b| / 255, 0..100
};
// Both of one size, not empty.
Differential differential(ByteSpan a, ByteSpan b);

// What independent random bytes have.
inline constexpr double kIdealNpcr = 100.0 * 255 / 256;
inline constexpr double kIdealUaci = 100.0 * 257 / (3 * 256);

// Random bytes lie below this with probability alpha (a one-sided test).
double npcr_critical(std::size_t bytes, double alpha);
// Random bytes lie within it with probability 1 - alpha.
Interval uaci_critical(std::size_t bytes, double alpha);

}  // namespace lc::quality
