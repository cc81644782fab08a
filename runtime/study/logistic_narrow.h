// What known bytes of the stream say of its key. Each byte confines x to 1/scale; backwards, where the map contracts,
// these confinements add up. r is found to about the precision of a byte over their number: for a slightly wrong r
// there is an x1 whose orbit stays near the true one, so that the key is narrowed, not found.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace lc::study {

struct Span {
  double low = 0, high = 0;
  double width() const { return high - low; }
  bool holds(double value) const { return value >= low && value <= high; }
};

struct NarrowedKey {
  Span r, x1;          // hulls: x1 is the state that the first byte was made of
  double r_share = 0;  // of the range of r, what is left
};

// Two or more bytes of logistic_bytes() in double precision, from any place of the stream; `r` is where it may lie.
// Nothing where no key fits.
std::optional<NarrowedKey> narrow_key(ByteSpan stream, int scale, Span r = {3.57, 4});

}  // namespace lc::study
