#include "study/aes_features.h"

#include <algorithm>
#include <cstring>

namespace lc::study {
namespace {

AesMode::Kind mode_of(AesVariant variant) {
  switch (variant) {
    case AesVariant::ecb:
      return AesMode::Kind::ecb;
    case AesVariant::ctr:
    case AesVariant::ctr_fixed_nonce:
      return AesMode::Kind::ctr;
    default:
      return AesMode::Kind::cbc;
  }
}

ByteSpan key_of(ByteSpan keys, int row) {
  return keys.subspan(static_cast<std::size_t>(row) % AesFeatures::kRowKeys * AesMode::kKeyBytes, AesMode::kKeyBytes);
}

}  // namespace

Result<AesFeatures> AesFeatures::create(ByteSpan secret, AesVariant variant) {
  return AesFeatures(secret, variant, LC_TRY(AesMode::create(mode_of(variant))));
}

KeySpace AesFeatures::key_space(const Shape&) const {
  return {256, "AES-256; mode and missing tag decide, not the keys"};
}

std::size_t AesFeatures::cipher_row_bytes(const Shape& shape) const {
  const std::size_t row = shape.row_bytes();
  return mode_of(variant_) == AesMode::Kind::ctr ? row : (row + 15) / 16 * 16;
}

AesMode::Block AesFeatures::row_iv(const AesMode::Block& frame_iv, int row) const {
  AesMode::Block iv = frame_iv;
  const std::size_t at = mode_of(variant_) == AesMode::Kind::ctr ? 4 : 12;
  for (std::size_t i = 0; i < 4; ++i) iv[at + i] ^= static_cast<std::byte>(static_cast<unsigned>(row) >> (24 - 8 * i));
  return iv;
}

Result<> AesFeatures::encrypt(const Frame& plain, Bytes& out) {
  const std::size_t row = plain.shape.row_bytes(), step = cipher_row_bytes(plain.shape);
  const ByteSpan keys = LC_TRY(keys_.first(kRowKeys * AesMode::kKeyBytes));
  out.resize(prefix_bytes() + step * static_cast<std::size_t>(plain.shape.height));
  AesMode::Block iv{};
  if (has_random_iv()) {
    LC_TRY(random_bytes(iv));
    std::copy(iv.begin(), iv.end(), out.begin());
  }
  row_.assign(step, std::byte{0});
  for (int y = 0; y < plain.shape.height; ++y) {
    const auto at = static_cast<std::size_t>(y);
    std::copy_n(plain.bytes.begin() + static_cast<std::ptrdiff_t>(at * row), row, row_.begin());
    LC_TRY(
        mode_.encrypt(key_of(keys, y), row_iv(iv, y), row_, std::span(out).subspan(prefix_bytes() + at * step, step)));
  }
  return {};
}

Result<> AesFeatures::decrypt(ByteSpan cipher, const Shape& shape, Bytes& out) {
  const std::size_t row = shape.row_bytes(), step = cipher_row_bytes(shape);
  LC_TRY(need_size(cipher, prefix_bytes() + step * static_cast<std::size_t>(shape.height), name()));
  const ByteSpan keys = LC_TRY(keys_.first(kRowKeys * AesMode::kKeyBytes));
  AesMode::Block iv{};
  if (has_random_iv()) std::memcpy(iv.data(), cipher.data(), iv.size());
  out.resize(shape.bytes());
  row_.resize(step);
  for (int y = 0; y < shape.height; ++y) {
    const auto at = static_cast<std::size_t>(y);
    LC_TRY(mode_.decrypt(key_of(keys, y), row_iv(iv, y), cipher.subspan(prefix_bytes() + at * step, step), row_));
    std::copy_n(row_.begin(), row, out.begin() + static_cast<std::ptrdiff_t>(at * row));
  }
  return {};
}

}  // namespace lc::study
