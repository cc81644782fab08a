// rsa-lsb (P5): a message goes into the least significant bits of the picture, then the picture is encrypted with RSA.
//
//   textbook  each byte M becomes M^e mod N, a block of its own: 128 times as many bytes with a key of 1024 bits
//   oaep      as many bytes a block as OAEP with SHA-256 takes
//   source    ECB 2023, 12 S1-B
#pragma once

#include <string>
#include <unordered_map>

#include "study/cipher.h"
#include "study/rsa_key.h"

namespace lc::study {

class RsaLsb : public Cipher {
 public:
  // pem: the receiver's private key, or its public half for a sender. message: see lsb.h; empty: nothing is hidden.
  static Result<RsaLsb> create(ByteSpan pem, RsaKey::Padding padding, std::string message = {});

  const RsaKey& key() const { return key_; }
  RsaKey::Padding padding() const { return padding_; }

  std::string_view name() const override { return "rsa-lsb"; }
  KeySpace key_space(const Shape& shape) const override;
  // errors besides those of Cipher  unsupported: the message does not fit into the picture
  Result<> encrypt(const Frame& plain, Bytes& out) override;
  Result<> decrypt(ByteSpan cipher, const Shape& shape, Bytes& out) override;

 private:
  RsaLsb(RsaKey key, RsaKey::Padding padding, std::string message)
      : key_(std::move(key)), padding_(padding), message_(std::move(message)) {}
  std::size_t chunk() const { return padding_ == RsaKey::Padding::textbook ? 1 : key_.room_bytes(); }
  Result<> encrypt_block(ByteSpan part, std::span<std::byte> out);
  Result<> decrypt_block(ByteSpan block, std::span<std::byte> out);

  RsaKey key_;
  RsaKey::Padding padding_;
  std::string message_;
  Bytes stego_, plain_block_;
  // The textbook is deterministic: each of the 256 values needs its power only once.
  Bytes powers_;                                       // [value][block]; empty before the first frame
  std::unordered_map<std::string, std::byte> values_;  // of blocks seen while decrypting, at most 256
};

}  // namespace lc::study
