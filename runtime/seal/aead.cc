#include "seal/aead.h"

#include <cstring>

#include "seal/raw.h"

namespace lc::seal {
namespace {

// salt XOR counter, big-endian at its end; hedged: salt XOR (random || counter)
struct Nonce {
  unsigned char bytes[24];
  Nonce(Suite suite, ByteSpan salt, ByteSpan hedge, std::uint64_t ctr) {
    LC_EXPECT(hedge.size() == hedge_bytes(suite), "the random bytes of this suite");
    const std::size_t size = nonce_bytes(suite);
    std::memcpy(bytes, salt.data(), size);
    for (std::size_t i = 0; i < 8; ++i) bytes[size - 8 + i] ^= static_cast<unsigned char>(ctr >> (56 - 8 * i));
    for (std::size_t i = 0; i < hedge.size(); ++i) bytes[i] ^= std::to_integer<unsigned char>(hedge[i]);
  }
  ~Nonce() { wipe(std::as_writable_bytes(std::span(bytes))); }
};

}  // namespace

bool Aead::encrypt(std::uint64_t ctr, ByteSpan hedge, ByteSpan additional, std::byte* body, std::size_t size) {
  return encrypt_with(Nonce(suite_, material_.reveal(), hedge, ctr).bytes, additional, body, size);
}

bool Aead::decrypt(std::uint64_t ctr, ByteSpan hedge, ByteSpan additional, const std::byte* body, std::size_t size,
                   std::byte* out) {
  return decrypt_with(Nonce(suite_, material_.reveal(), hedge, ctr).bytes, additional, body, size, out);
}

Result<std::unique_ptr<Aead>> make_aead(Suite suite, ByteSpan key, ByteSpan salt) {
#ifdef LC_AEAD_OPENSSL
  return make_openssl_aead(suite, key, salt);
#else
  return make_sodium_aead(suite, key, salt);
#endif
}

}  // namespace lc::seal
