#include "study/aes_mode.h"

#include <openssl/evp.h>

namespace lc::study {

void AesMode::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }
void AesMode::Free::operator()(evp_cipher_st* cipher) const { EVP_CIPHER_free(cipher); }

Result<AesMode> AesMode::create(Kind kind) {
  AesMode mode;
  mode.kind_ = kind;
  const char* name = kind == Kind::ecb ? "AES-256-ECB" : kind == Kind::cbc ? "AES-256-CBC" : "AES-256-CTR";
  mode.cipher_.reset(EVP_CIPHER_fetch(nullptr, name, nullptr));
  mode.context_.reset(EVP_CIPHER_CTX_new());
  if (!mode.cipher_ || !mode.context_) return fail(Errc::backend, "OpenSSL has no {} here", name);
  return mode;
}

Result<> AesMode::encrypt(ByteSpan key, const Block& iv, ByteSpan plain, std::span<std::byte> out) {
  return run(true, key, iv, plain, out);
}

Result<> AesMode::decrypt(ByteSpan key, const Block& iv, ByteSpan cipher, std::span<std::byte> out) {
  return run(false, key, iv, cipher, out);
}

Result<> AesMode::run(bool encrypts, ByteSpan key, const Block& iv, ByteSpan in, std::span<std::byte> out) {
  LC_EXPECT(key.size() == kKeyBytes && out.size() == in.size() && (kind_ == Kind::ctr || in.size() % 16 == 0),
            "a key of 32 bytes, whole blocks, and room for the result");
  const auto bytes = [](auto* p) { return reinterpret_cast<const unsigned char*>(p); };
  int written = 0;
  if (EVP_CipherInit_ex2(context_.get(), cipher_.get(), bytes(key.data()), bytes(iv.data()), encrypts, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(context_.get(), 0) != 1 ||
      EVP_CipherUpdate(context_.get(), reinterpret_cast<unsigned char*>(out.data()), &written, bytes(in.data()),
                       static_cast<int>(in.size())) != 1 ||
      static_cast<std::size_t>(written) != in.size())
    return fail(Errc::backend, "OpenSSL: AES failed on {} bytes", in.size());
  return {};
}

}  // namespace lc::study
