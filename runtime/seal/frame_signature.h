// The optional signature of single messages (flag "signed"): the only thing that keeps one authorised
// receiver from forging frames for another one, since all of them hold the session's key. FORMAT.md, section
// 2.
#pragma once

#include <span>

#include "seal/identity.h"

namespace lc::seal {

// sframe: SFrame header, ciphertext and tag.
void sign_frame(const SigningIdentity& device, ByteSpan header, ByteSpan sframe,
                std::span<std::byte, kSignatureBytes> out);
[[nodiscard]] bool is_frame_signed_by(const PublicKey& device, ByteSpan header, ByteSpan sframe,
                                      ByteSpan signature);

}  // namespace lc::seal
