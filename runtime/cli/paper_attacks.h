// Attacks on what the published systems really send: encrypted latents, or latents that are said to be encrypted
// already. Like those of study/, each plays both sides and is judged by what the victim knows.
#pragma once

#include <span>

#include "cli/paper_system.h"
#include "codec/raw_autoencoder.h"
#include "study/attack.h"

namespace lc::cli {

struct SentLatents {
  const PaperSystem& system;
  codec::RawEncoder& encoder;  // of which the attacker has a copy, where `needs` says so
  codec::RawDecoder& decoder;
  std::span<const Image> pictures;  // as they were sent; the victim's
  std::span<const Bytes> packets;   // one for each: the ciphertexts
  double receiver_db;               // PSNR of what the receiver makes of them, with model and key
  std::size_t earlier = 0;          // the first so many are known to who learns from pairs, and never read
};

//   known model     the network is the only secret: what is sent is decoded with it
//   known picture   with the model, one known picture gives the key of xor-mask and additive-square
//   known pictures  with the model, four give the block order of logistic-chaos and the orbit of its stream, to within
//                   what all their scales leave open; or many the mask over pixels
//   learned inverter  without the model: linear least squares from pairs of sent latents and their pictures, on
//                   pictures that were not among them; from bits where the cipher is one of XOR, which turns bits
//                   round; where it was not tried, why
Result<study::AttackResults> attack_latents(const SentLatents& sent);

}  // namespace lc::cli
