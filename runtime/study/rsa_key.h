// RSA through OpenSSL: the bare power M^e mod N of the textbook, and OAEP (SHA-256).
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/bytes.h"

struct evp_pkey_st;
struct evp_pkey_ctx_st;

namespace lc::study {

class RsaKey {
 public:
  enum class Padding { textbook, oaep };

  // A private or a public key in PEM, RSA of at least 1024 bits. With a public one nothing can be decrypted.
  //   errors  bad_format, unsupported (no RSA key, or too short)
  static Result<RsaKey> create(ByteSpan pem, Padding padding);
  // A new private key, as PEM. errors  backend
  static Result<std::string> generate(unsigned bits);
  // The public half, as PEM: what an attacker has. errors  backend
  Result<std::string> public_pem() const;

  bool has_private() const { return decrypting_ != nullptr; }
  std::size_t block_bytes() const { return block_; }  // of a ciphertext
  // Most bytes that one block takes; of the textbook, one less than the modulus has.
  std::size_t room_bytes() const { return padding_ == Padding::oaep ? block_ - 2 * 32 - 2 : block_ - 1; }

  // plain: at most room_bytes(), big-endian for the textbook. out: block_bytes(). errors  backend
  Result<> encrypt(ByteSpan plain, std::span<std::byte> out);
  // out: block_bytes(). returns  the bytes written; of the textbook always block_bytes(), with zeros in front
  //   errors  no_key: only the public half is here; corrupt: no block of this key
  Result<std::size_t> decrypt(ByteSpan block, std::span<std::byte> out);

  // a b mod N of two blocks. errors  backend
  Result<Bytes> multiply(ByteSpan a, ByteSpan b) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
    void operator()(evp_pkey_ctx_st* context) const;
  };
  RsaKey() = default;

  Padding padding_ = Padding::textbook;
  std::size_t block_ = 0;
  Bytes padded_;
  std::unique_ptr<evp_pkey_st, Free> key_;
  std::unique_ptr<evp_pkey_ctx_st, Free> encrypting_, decrypting_;
};

}  // namespace lc::study
