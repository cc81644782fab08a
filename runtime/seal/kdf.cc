#include "seal/kdf.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "seal/raw.h"
#include "seal/secret.h"

namespace lc::seal {

void hmac_sha512(ByteSpan key, std::span<const ByteSpan> parts, std::span<std::byte, kHashBytes> out) {
  static constexpr std::byte kNothing{};  // libsodium declares the key nonnull
  crypto_auth_hmacsha512_state state;
  crypto_auth_hmacsha512_init(&state, raw(key.empty() ? &kNothing : key.data()), key.size());
  for (ByteSpan part : parts) crypto_auth_hmacsha512_update(&state, raw(part.data()), part.size());
  crypto_auth_hmacsha512_final(&state, raw(out.data()));
  sodium_memzero(&state, sizeof state);
}

void hkdf_extract(ByteSpan salt, ByteSpan input_key, std::span<std::byte, kHashBytes> out) {
  static constexpr std::array<std::byte, kHashBytes> kZeros{};
  hmac_sha512(salt.empty() ? ByteSpan(kZeros) : salt, {&input_key, 1}, out);
}

bool hkdf_expand(std::span<const std::byte, kHashBytes> key, ByteSpan info, std::span<std::byte> out) {
  if (out.size() > 255 * kHashBytes) {
    std::fill(out.begin(), out.end(), std::byte{});
    return false;
  }
  std::array<std::byte, kHashBytes> block;
  std::size_t block_size = 0;  // T(0) is empty
  std::byte number{1};
  for (std::size_t done = 0; done < out.size();
       number = static_cast<std::byte>(std::to_integer<int>(number) + 1)) {
    const std::array<ByteSpan, 3> parts{ByteSpan(block).first(block_size), info, ByteSpan(&number, 1)};
    hmac_sha512(key, parts, block);
    block_size = block.size();
    const std::size_t count = std::min(block.size(), out.size() - done);
    std::memcpy(out.data() + done, block.data(), count);
    done += count;
  }
  wipe(block);
  return true;
}

}  // namespace lc::seal
