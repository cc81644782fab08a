// What latentcast does instead, behind the interface of the studied ciphers: SFrame with AES-256-GCM (ChaCha20-Poly1305
// where the processor has no AES). So it stands in the same tables.
#pragma once

#include <optional>

#include "seal/sframe.h"
#include "study/cipher.h"

namespace lc::cli {

class SealedCipher : public study::Cipher {
 public:
  // secret: 16 to 64 bytes. Each instance counts its frames from 0 on: two of one secret use nonces twice, which the
  // elements cannot. errors  as of seal/
  static Result<std::unique_ptr<study::Cipher>> create(ByteSpan secret);

  std::string_view name() const override { return "sealed"; }
  study::KeySpace key_space(const study::Shape& shape) const override;
  Result<> encrypt(const study::Frame& plain, Bytes& out) override;
  Result<> decrypt(ByteSpan cipher, const study::Shape& shape, Bytes& out) override;

 private:
  SealedCipher(seal::SealingKey sealing, seal::OpeningKey opening)
      : sealing_(std::move(sealing)), opening_(std::move(opening)) {}

  seal::FrameCounter counter_;
  seal::SealingKey sealing_;
  seal::OpeningKey opening_;
};

}  // namespace lc::cli
