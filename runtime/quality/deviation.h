// How far encryption moves a histogram. Nobody has said which values are good enough: read them beside those of AES on
// the same picture.
#pragma once

#include "quality/histogram.h"

namespace lc::quality {

struct Deviations {
  double maximum = 0;     // area between the histograms of plain and cipher, ends halved; the higher the better
  double irregular = 0;   // sum of |histogram of |plain - cipher| - its mean|; the lower the better
  double uniformity = 0;  // sum of |histogram of cipher - its mean| / bytes; the lower the better
};

// Both of one size, not empty.
Deviations deviations(ByteSpan plain, ByteSpan cipher);

// The uniformity that random bytes have on the average: about 0.8 sqrt(256 / bytes).
double random_uniformity(std::size_t bytes);

}  // namespace lc::quality
