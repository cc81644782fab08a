#include <openssl/evp.h>

#include <cstring>

#include "seal/aead.h"
#include "seal/raw.h"

namespace lc::seal {
namespace {

struct ContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }  // wipes the key
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter>;

class OpensslAead : public Aead {
 public:
  OpensslAead(Suite suite, Secret salt, Context context) : Aead(suite, std::move(salt)), context_(std::move(context)) {}

 private:
  // The key is in the context; a message brings its nonce.
  bool begin(const unsigned char* nonce, ByteSpan additional, bool is_encrypting) {
    int done = 0;
    return EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, nonce, is_encrypting ? 1 : 0) == 1 &&
           EVP_CipherUpdate(context_.get(), nullptr, &done, raw(additional.data()),
                            static_cast<int>(additional.size())) == 1;
  }

  bool encrypt_with(const unsigned char* nonce, ByteSpan additional, std::byte* body, std::size_t size) override {
    int done = 0;
    return begin(nonce, additional, true) &&
           EVP_CipherUpdate(context_.get(), raw(body), &done, raw(body), static_cast<int>(size)) == 1 &&
           EVP_CipherFinal_ex(context_.get(), raw(body) + done, &done) == 1 &&
           EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, raw(body + size)) == 1;
  }

  bool decrypt_with(const unsigned char* nonce, ByteSpan additional, const std::byte* body, std::size_t size,
                    std::byte* out) override {
    unsigned char tag[kTagBytes];
    std::memcpy(tag, body + size, sizeof tag);
    int done = 0;
    const bool good = begin(nonce, additional, false) &&
                      EVP_CipherUpdate(context_.get(), raw(out), &done, raw(body), static_cast<int>(size)) == 1 &&
                      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag) == 1 &&
                      EVP_CipherFinal_ex(context_.get(), raw(out) + done, &done) == 1;
    if (!good) wipe({out, size});  // it was decrypted before the tag was looked at
    return good;
  }

  Context context_;
};

}  // namespace

Result<std::unique_ptr<Aead>> make_openssl_aead(Suite suite, ByteSpan key, ByteSpan salt) {
  if (suite == Suite::xchacha20_poly1305_hedged) return make_sodium_aead(suite, key, salt);
  LC_EXPECT(key.size() == kAeadKeyBytes && salt.size() == nonce_bytes(suite), "key and salt of this suite");
  const EVP_CIPHER* cipher = suite == Suite::aes_256_gcm ? EVP_aes_256_gcm() : EVP_chacha20_poly1305();
  Context context(EVP_CIPHER_CTX_new());
  if (!context || EVP_CipherInit_ex(context.get(), cipher, nullptr, raw(key.data()), nullptr, 1) != 1)
    return fail(Errc::backend, "OpenSSL gives no {}", to_string(suite));
  return std::make_unique<OpensslAead>(suite, LC_TRY(Secret::copy_of(salt)), std::move(context));
}

}  // namespace lc::seal
