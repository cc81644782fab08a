// HKDF with SHA-512 (RFC 5869), built from HMAC because libsodium 1.0.18 has no HKDF of its own.
#pragma once

#include <cstddef>
#include <span>

#include "base/bytes.h"

namespace lc::seal {

inline constexpr std::size_t kHashBytes = 64;

// HMAC-SHA-512 of several parts, in order; any key length.
void hmac_sha512(ByteSpan key, std::span<const ByteSpan> parts, std::span<std::byte, kHashBytes> out);

// An empty salt means 64 zero bytes, as the RFC says.
void hkdf_extract(ByteSpan salt, ByteSpan input_key, std::span<std::byte, kHashBytes> out);

// False (and `out` zero) when more than 255 * 64 bytes are asked for.
[[nodiscard]] bool hkdf_expand(std::span<const std::byte, kHashBytes> key, ByteSpan info,
                               std::span<std::byte> out);

}  // namespace lc::seal
