// logistic-chaos (P4): blocks of 8 x 8 pixels are repositioned, then every byte is XORed with floor(x * M), where x
// runs through an orbit of the logistic map and M is the largest byte of the picture.
//
//   key         r and x0 of the stream, r and x0 of the permutation: four numbers, r in 3.57..4, x0 in 0.001..0.998
//   blocks      in row order, block i of the result is block order[i] of the picture; order sorts the values of the
//   second
//               orbit. What is left over at the right and below stays where it is
//   ciphertext  M, one byte; with `probabilistic` the salt, 8 bytes, big-endian; then the bytes
//   precision   the paper names none: `double_precision`, or `single_precision`, where orbits soon repeat themselves
//   probabilistic  a fresh salt of 64 bits for each picture moves x0 by up to 0.001: "slightly different keys"
//   source      Gupta and Vijay, China Communications 2022, in the reading of papers.md
#pragma once

#include <vector>

#include "study/cipher.h"

namespace lc::study {

enum class ChaosVariant { double_precision, single_precision, probabilistic };

struct ChaosKey {
  double r, x0, block_r, block_x0;
  // Of a secret: four big-endian integers of 64 bits from expand_key(secret, "logistic-chaos"), each / 2^64.
  static Result<ChaosKey> create(ByteSpan secret);
};

class LogisticChaos : public Cipher {
 public:
  LogisticChaos(const ChaosKey& key, ChaosVariant variant) : key_(key), variant_(variant) {}

  static constexpr int kBlock = 8;

  const ChaosKey& key() const { return key_; }
  ChaosVariant variant() const { return variant_; }
  // Bytes of a ciphertext before those of the picture.
  std::size_t prefix_bytes() const { return variant_ == ChaosVariant::probabilistic ? 9 : 1; }

  std::string_view name() const override { return "logistic-chaos"; }
  KeySpace key_space(const Shape& shape) const override;
  Result<> encrypt(const Frame& plain, Bytes& out) override;
  Result<> decrypt(ByteSpan cipher, const Shape& shape, Bytes& out) override;

  // The bytes alone, which both sides know the scale of.
  //   out  as many as the picture has
  void scramble(const Frame& plain, int scale, std::span<std::byte> out, std::uint64_t salt = 0);
  void restore(const Frame& cipher, int scale, std::span<std::byte> out, std::uint64_t salt = 0);

 private:
  std::span<const std::byte> stream(const Shape& shape, int scale, std::uint64_t salt);
  const std::vector<std::uint32_t>& block_order(const Shape& shape);

  ChaosKey key_;
  ChaosVariant variant_;
  Bytes stream_;
  std::vector<std::uint32_t> order_;  // of the blocks of order_shape_
  Shape order_shape_;
};

// Blocks of a picture: in gathers[i] lies block order[i]. `inverse` puts them back.
void move_blocks(const Shape& shape, std::span<const std::uint32_t> order, bool inverse, ByteSpan from,
                 std::span<std::byte> to);

}  // namespace lc::study
