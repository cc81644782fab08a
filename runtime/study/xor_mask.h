// xor-mask (P2): every byte of the picture XOR the byte of a secret mask of its size. One mask serves all pictures.
//   source  Madani and Bourennane, IJCNC 17/2, 2025
#pragma once

#include "study/cipher.h"
#include "study/key_expansion.h"

namespace lc::study {

class XorMask : public Cipher {
 public:
  explicit XorMask(ByteSpan secret) : mask_(secret, "xor-mask") {}

  std::string_view name() const override { return "xor-mask"; }
  KeySpace key_space(const Shape& shape) const override;
  Result<> encrypt(const Frame& plain, Bytes& out) override;
  Result<> decrypt(ByteSpan cipher, const Shape& shape, Bytes& out) override;

 private:
  ExpandedKey mask_;
};

}  // namespace lc::study
