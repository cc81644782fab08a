// aes-features (P3): AES-256, row by row, with 256 keys derived from the shared one; row y uses key y mod 256. The
// paper names neither mode nor IV, so there are five variants. None has a tag.
//
//   ecb, cbc         rows are filled up with zeros to whole blocks
//   random IV        16 random bytes at the front; fixed: none. The row's number is XORed into the last four bytes of
//   cbc's
//                    IV, and into bytes 4..7 of ctr's first counter block
//   source           Electronics 2022, 11, 3967
#pragma once

#include "study/aes_mode.h"
#include "study/cipher.h"
#include "study/key_expansion.h"

namespace lc::study {

enum class AesVariant { cbc, cbc_fixed_iv, ctr, ctr_fixed_nonce, ecb };

class AesFeatures : public Cipher {
 public:
  static constexpr std::size_t kRowKeys = 256;

  // errors  backend
  static Result<AesFeatures> create(ByteSpan secret, AesVariant variant);

  AesVariant variant() const { return variant_; }
  std::size_t prefix_bytes() const { return has_random_iv() ? 16 : 0; }
  std::size_t cipher_row_bytes(const Shape& shape) const;

  std::string_view name() const override { return "aes-features"; }
  KeySpace key_space(const Shape& shape) const override;
  Result<> encrypt(const Frame& plain, Bytes& out) override;
  Result<> decrypt(ByteSpan cipher, const Shape& shape, Bytes& out) override;

 private:
  AesFeatures(ByteSpan secret, AesVariant variant, AesMode mode)
      : variant_(variant), mode_(std::move(mode)), keys_(secret, "aes-features") {}
  bool has_random_iv() const { return variant_ == AesVariant::cbc || variant_ == AesVariant::ctr; }
  AesMode::Block row_iv(const AesMode::Block& frame_iv, int row) const;

  AesVariant variant_;
  AesMode mode_;
  ExpandedKey keys_;
  Bytes row_;  // one row, filled up
};

}  // namespace lc::study
