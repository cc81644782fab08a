// Labels as bytes, for the sealed field that carries them with their frame (seal/FORMAT.md, section 3). Integers are
// big-endian.
//
//   version (1): 1 | flags (1): 1 confident, 2 region, 4 evidence
//   | frames since the look (4) | ns since the look, all ones: not known (8) | width (2), height (2) of the picture
//   | model: length (1), UTF-8
//   | labels (1), 1 or more of: index (2), confidence in 1/65535 (2), name: length (1), UTF-8
//   | region: x, y, width, height (2 each) | evidence: its area likewise, rows (1), columns (1), rows * columns values
#pragma once

#include <optional>

#include "base/bytes.h"
#include "classify/labels.h"

namespace lc::classify {

// Overwrites `out`, which keeps its memory: evidence is left out where it does not fit, then the least likely labels are.
// Empty where nothing fits, or there is nothing to say.
//   pts    of the frame, ns; kNoTime: none
//   limit  bytes at most
void pack_labels(const Labels& labels, std::uint64_t pts, std::size_t limit, Bytes& out);

// Nothing, where these are no such bytes: cut off, longer than they say, of another version, names that are no plain text.
//   pts  of the frame that they came with, by the receiver's reckoning
std::optional<Labels> unpack_labels(ByteSpan bytes, std::uint64_t pts);

}  // namespace lc::classify
