#include "seal/ratchet.h"

#include <array>

#include "seal/kdf.h"

namespace lc::seal {

Result<Secret> ratchet(const Secret& base_key) {
  std::array<std::byte, kHashBytes> extracted;
  hkdf_extract({}, base_key.reveal(), extracted);
  auto next = Secret::make(kBaseKeyBytes, [&](std::span<std::byte> out) {
    const bool is_done = hkdf_expand(extracted, as_bytes("SFrame 1.0 Ratchet"), out);
    LC_EXPECT(is_done, "HKDF gives as little as this");
  });
  wipe(extracted);
  return next;
}

}  // namespace lc::seal
