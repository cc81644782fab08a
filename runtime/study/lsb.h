// A message in the least significant bits of a picture's bytes (P5's patient record): its length in bytes as 32 bits,
// then its bits, most significant first, one a byte, from the first on.
#pragma once

#include <span>

#include "base/bytes.h"

namespace lc::study {

// errors  unsupported: the message needs more bytes than there are
Result<> hide_message(ByteSpan message, std::span<std::byte> picture);

// errors  bad_format: the length at the front cannot be one
Result<Bytes> read_message(ByteSpan picture);

}  // namespace lc::study
