// Whether, and how much, is hidden in the least significant bits of a picture.
#pragma once

#include "study/cipher.h"

namespace lc::study {

// Westfeld and Pfitzmann 1999: the chance that values 2i and 2i + 1 come equally often as in a picture with its lowest
// bits full of message, over the first `bytes`. Near 1: something is hidden there, one after the other; spread messages
// stay unseen. 0 where there is too little to judge.
double pair_chance(ByteSpan first_bytes);

// Fridrich, Goljan and Du 2001 (RS analysis, groups of 4 samples in a row, mask 0110): the share of lowest bits that
// carry message, 0..1; clean photographs give -0.05 to 0.15, and above about 0.9 it diverges ("saturated"). gray8 or
// rgb.
double rs_rate(const Image& picture);

}  // namespace lc::study
