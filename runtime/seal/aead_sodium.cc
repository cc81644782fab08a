#include <sodium.h>

#include <cstring>

#include "seal/aead.h"
#include "seal/raw.h"

namespace lc::seal {
namespace {

static_assert(kAeadKeyBytes == crypto_aead_aes256gcm_KEYBYTES &&
              kAeadKeyBytes == crypto_aead_chacha20poly1305_ietf_KEYBYTES &&
              kAeadKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(nonce_bytes(Suite::aes_256_gcm) == crypto_aead_aes256gcm_NPUBBYTES &&
              nonce_bytes(Suite::chacha20_poly1305) == crypto_aead_chacha20poly1305_ietf_NPUBBYTES &&
              nonce_bytes(Suite::xchacha20_poly1305_hedged) == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kTagBytes == crypto_aead_aes256gcm_ABYTES && kTagBytes == crypto_aead_chacha20poly1305_ietf_ABYTES &&
              kTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);

class SodiumAead : public Aead {
 public:
  // What its Secret holds. The size is a multiple of 16, so that the memory is aligned for AES.
  struct Material {
    unsigned char salt[kSaltBytes];
    unsigned char chacha_key[kAeadKeyBytes];
    crypto_aead_aes256gcm_state aes;  // unused by ChaCha20
  };
  static_assert(sizeof(Material) % 16 == 0 && alignof(Material) <= 16 && offsetof(Material, salt) == 0);

  SodiumAead(Suite suite, Secret material) : Aead(suite, std::move(material)) {}

 private:
  const Material& key() const { return *reinterpret_cast<const Material*>(material_.reveal().data()); }

  bool encrypt_with(const unsigned char* nonce, ByteSpan additional, std::byte* body, std::size_t size) override {
    const auto* more = raw(additional.data());
    unsigned char *text = raw(body), *tag = raw(body + size);
    switch (suite_) {
      case Suite::aes_256_gcm:
        return crypto_aead_aes256gcm_encrypt_detached_afternm(text, tag, nullptr, text, size, more, additional.size(),
                                                              nullptr, nonce, &key().aes) == 0;
      case Suite::chacha20_poly1305:
        return crypto_aead_chacha20poly1305_ietf_encrypt_detached(
                   text, tag, nullptr, text, size, more, additional.size(), nullptr, nonce, key().chacha_key) == 0;
      case Suite::xchacha20_poly1305_hedged:
        return crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
                   text, tag, nullptr, text, size, more, additional.size(), nullptr, nonce, key().chacha_key) == 0;
    }
    return false;
  }

  bool decrypt_with(const unsigned char* nonce, ByteSpan additional, const std::byte* body, std::size_t size,
                    std::byte* out) override {
    const auto *more = raw(additional.data()), *text = raw(body), *tag = raw(body + size);
    switch (suite_) {
      case Suite::aes_256_gcm:
        return crypto_aead_aes256gcm_decrypt_detached_afternm(raw(out), nullptr, text, size, tag, more,
                                                              additional.size(), nonce, &key().aes) == 0;
      case Suite::chacha20_poly1305:
        return crypto_aead_chacha20poly1305_ietf_decrypt_detached(raw(out), nullptr, text, size, tag, more,
                                                                  additional.size(), nonce, key().chacha_key) == 0;
      case Suite::xchacha20_poly1305_hedged:
        return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(raw(out), nullptr, text, size, tag, more,
                                                                   additional.size(), nonce, key().chacha_key) == 0;
    }
    return false;
  }
};

}  // namespace

Result<std::unique_ptr<Aead>> make_sodium_aead(Suite suite, ByteSpan key, ByteSpan salt) {
  LC_EXPECT(key.size() == kAeadKeyBytes && salt.size() == nonce_bytes(suite), "key and salt of this suite");
  Secret material = LC_TRY(Secret::make(sizeof(SodiumAead::Material), [&](std::span<std::byte> out) {
    auto& into = *reinterpret_cast<SodiumAead::Material*>(out.data());
    std::memcpy(into.salt, salt.data(), salt.size());
    if (suite == Suite::aes_256_gcm)
      crypto_aead_aes256gcm_beforenm(&into.aes, raw(key.data()));
    else
      std::memcpy(into.chacha_key, key.data(), key.size());
  }));
  return std::make_unique<SodiumAead>(suite, std::move(material));
}

}  // namespace lc::seal
