// The cipher of one (base key, KID, suite), with its expanded key and the salt of its nonces.
//
// libsodium stands behind it, or OpenSSL where the program was built so (meson option aead): the same bytes, the same
// refusals (tests/unit/seal/aead_test.cc). The nonce is formed in here: no caller can choose one, but by the counter.
//   thread  one at a time
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "seal/secret.h"
#include "seal/suite.h"

namespace lc::seal {

inline constexpr std::size_t kAeadKeyBytes = 32;
constexpr std::size_t nonce_bytes(Suite suite) { return hedge_bytes(suite) > 0 ? 24 : 12; }

class Aead {
 public:
  virtual ~Aead() = default;
  Aead(const Aead&) = delete;
  Aead& operator=(const Aead&) = delete;

  // In place; the tag goes behind the `size` bytes.
  //   hedge  hedge_bytes() of the suite
  //   cost   allocates nothing
  [[nodiscard]] bool encrypt(std::uint64_t ctr, ByteSpan hedge, ByteSpan additional, std::byte* body, std::size_t size);
  // `body` is `size` bytes of ciphertext and the tag. Where it answers false, `out` holds zeros or what it held before.
  [[nodiscard]] bool decrypt(std::uint64_t ctr, ByteSpan hedge, ByteSpan additional, const std::byte* body,
                             std::size_t size, std::byte* out);

 protected:
  static constexpr std::size_t kSaltBytes = 32;  // the first nonce_bytes() of them are used
  // material: the salt, then what the cipher keeps there.
  Aead(Suite suite, Secret material) : suite_(suite), material_(std::move(material)) {}

  virtual bool encrypt_with(const unsigned char* nonce, ByteSpan additional, std::byte* body, std::size_t size) = 0;
  virtual bool decrypt_with(const unsigned char* nonce, ByteSpan additional, const std::byte* body, std::size_t size,
                            std::byte* out) = 0;

  Suite suite_;
  Secret material_;
};

// key: kAeadKeyBytes; salt: nonce_bytes() of the suite, which this machine has.
//   errors  unavailable: no memory; backend
Result<std::unique_ptr<Aead>> make_aead(Suite suite, ByteSpan key, ByteSpan salt);

// The two that there are. OpenSSL has no XChaCha20: suite 0xF002 is libsodium's in both.
Result<std::unique_ptr<Aead>> make_sodium_aead(Suite suite, ByteSpan key, ByteSpan salt);
// Its expanded key lies in OpenSSL's own memory: wiped when it goes, but not locked, and a forked child inherits it.
Result<std::unique_ptr<Aead>> make_openssl_aead(Suite suite, ByteSpan key, ByteSpan salt);

}  // namespace lc::seal
