// additive-square (P1): a secret image k of the same shape is added and the sum squared, sample by sample. The paper
// says it in two ways that do not agree; both are here.
//
//   figure  c = (x + k)^2,  x = sqrt(c) - k
//   text    c = x^2 + k,    x = sqrt(c - k)
//
// Samples of 8 bits: k is 0..255 and c an integer of up to 18 bits, stored in 3 bytes, little-endian. Floats: k is 0..1
// in steps of 1/255 and c a float. The root is taken as positive: with the figure's reading a float below -k does not
// come back.
//   source  IJCSNS 25/5, 2025
#pragma once

#include "study/cipher.h"
#include "study/key_expansion.h"

namespace lc::study {

enum class SquareReading { figure, text };

class AdditiveSquare : public Cipher {
 public:
  AdditiveSquare(ByteSpan secret, SquareReading reading) : key_(secret, "additive-square"), reading_(reading) {}

  static constexpr std::size_t kStoredBytes = 3;  // of a sample of 8 bits

  SquareReading reading() const { return reading_; }

  std::string_view name() const override { return "additive-square"; }
  KeySpace key_space(const Shape& shape) const override;
  Result<> encrypt(const Frame& plain, Bytes& out) override;
  Result<> decrypt(ByteSpan cipher, const Shape& shape, Bytes& out) override;

 private:
  ExpandedKey key_;
  SquareReading reading_;
};

// The stored integer at sample i, and its writing. For attacks too.
inline std::uint32_t load_square(ByteSpan cipher, std::size_t i) {
  const auto at = [&](std::size_t k) { return std::to_integer<std::uint32_t>(cipher[3 * i + k]); };
  return at(0) | at(1) << 8 | at(2) << 16;
}
inline void store_square(std::span<std::byte> cipher, std::size_t i, std::uint32_t value) {
  for (std::size_t k = 0; k < 3; ++k) cipher[3 * i + k] = static_cast<std::byte>(value >> (8 * k));
}

}  // namespace lc::study
