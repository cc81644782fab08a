#include "cli/sealed_cipher.h"

#include "seal/sframe_header.h"

namespace lc::cli {

Result<std::unique_ptr<study::Cipher>> SealedCipher::create(ByteSpan secret) {
  LC_TRY(seal::ready());
  const seal::Suite suite =
      seal::is_available(seal::Suite::aes_256_gcm) ? seal::Suite::aes_256_gcm : seal::Suite::chacha20_poly1305;
  auto sealing = LC_TRY(seal::SealingKey::create(suite, 0, secret));
  auto opening = LC_TRY(seal::OpeningKey::create(suite, 0, secret));
  return std::unique_ptr<study::Cipher>(new SealedCipher(std::move(sealing), std::move(opening)));
}

study::KeySpace SealedCipher::key_space(const study::Shape&) const {
  return {256, "AEAD: 256-bit keys, a nonce a frame, a tag"};
}

Result<> SealedCipher::encrypt(const study::Frame& plain, Bytes& out) {
  out.resize(seal::SealingKey::sealed_size_limit(plain.bytes.size()));
  out.resize(LC_TRY(sealing_.seal(counter_, {}, {}, {plain.bytes}, 0, out)));
  return {};
}

Result<> SealedCipher::decrypt(ByteSpan cipher, const study::Shape& shape, Bytes& out) {
  if (cipher.size() < shape.bytes() + seal::kTagBytes)
    return fail(Errc::truncated, "a sealed picture of {} bytes", cipher.size());
  const auto header = seal::unpack_sframe_header(cipher);
  if (!header || header->header.kid != opening_.kid()) return fail(Errc::refused, "not sealed with this key");
  out.resize(std::max(shape.bytes(), cipher.size()));
  const auto size = opening_.open(cipher, *header, {}, {}, out);
  if (!size || *size != shape.bytes()) return fail(Errc::refused, "the tag is wrong");
  out.resize(*size);
  return {};
}

}  // namespace lc::cli
