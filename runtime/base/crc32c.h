// CRC-32C (Castagnoli), the check sum of iSCSI, ext4 and our recordings. It finds rot, not tampering.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace lc {

// crc32c(b, crc32c(a)) is the sum of a || b. Uses the CPU's instruction where it has one.
std::uint32_t crc32c(ByteSpan bytes, std::uint32_t before = 0);

// The slow twin: bit by bit, from the definition.
std::uint32_t crc32c_reference(ByteSpan bytes, std::uint32_t before = 0);

}  // namespace lc
