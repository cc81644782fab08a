#include "study/rsa_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>

namespace lc::study {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

// The program may run in a terminal: without this OpenSSL would ask there for the passphrase of an encrypted key.
int no_passphrase(char*, int, int, void*) { return -1; }

EVP_PKEY* read_key(ByteSpan pem, bool is_private) {
  const Bio bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  return is_private ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)
                    : PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr);
}

bool set_padding(EVP_PKEY_CTX* context, RsaKey::Padding padding) {
  if (padding == RsaKey::Padding::textbook) return EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1;
}

struct FreeNumber {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;

const unsigned char* raw(ByteSpan bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw(std::span<std::byte> bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

void RsaKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void RsaKey::Free::operator()(evp_pkey_ctx_st* context) const { EVP_PKEY_CTX_free(context); }

Result<RsaKey> RsaKey::create(ByteSpan pem, Padding padding) {
  RsaKey out;
  out.padding_ = padding;
  out.key_.reset(read_key(pem, true));
  const bool is_private = out.key_ != nullptr;
  if (!is_private) out.key_.reset(read_key(pem, false));
  ERR_clear_error();
  if (!out.key_) return fail(Errc::bad_format, "no RSA key in PEM; make one with: openssl genrsa -out study.pem 2048");
  if (EVP_PKEY_get_base_id(out.key_.get()) != EVP_PKEY_RSA || EVP_PKEY_get_bits(out.key_.get()) < 1024)
    return fail(Errc::unsupported, "rsa-lsb takes an RSA key of 1024 bits or more");
  out.block_ = static_cast<std::size_t>(EVP_PKEY_get_size(out.key_.get()));
  out.encrypting_.reset(EVP_PKEY_CTX_new(out.key_.get(), nullptr));
  bool is_ready = out.encrypting_ && EVP_PKEY_encrypt_init(out.encrypting_.get()) == 1 &&
                  set_padding(out.encrypting_.get(), padding);
  if (is_private) {
    out.decrypting_.reset(EVP_PKEY_CTX_new(out.key_.get(), nullptr));
    is_ready = is_ready && out.decrypting_ && EVP_PKEY_decrypt_init(out.decrypting_.get()) == 1 &&
               set_padding(out.decrypting_.get(), padding);
  }
  if (!is_ready) return fail(Errc::backend, "OpenSSL: this RSA key cannot be used");
  return out;
}

Result<std::string> RsaKey::generate(unsigned bits) {
  const std::unique_ptr<EVP_PKEY, Free> key{EVP_RSA_gen(bits)};
  const Bio bio{BIO_new(BIO_s_mem())};
  if (!key || PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return fail(Errc::backend, "OpenSSL: no RSA key of {} bits could be made", bits);
  return text_of(bio.get());
}

Result<std::string> RsaKey::public_pem() const {
  const Bio bio{BIO_new(BIO_s_mem())};
  if (PEM_write_bio_PUBKEY(bio.get(), key_.get()) != 1)
    return fail(Errc::backend, "OpenSSL: the key cannot be written");
  return text_of(bio.get());
}

Result<> RsaKey::encrypt(ByteSpan plain, std::span<std::byte> out) {
  LC_EXPECT(plain.size() <= room_bytes() && out.size() == block_, "one block of RSA");
  if (padding_ == Padding::textbook) {  // OpenSSL wants all of the number's bytes
    padded_.assign(block_, std::byte{0});
    std::copy(plain.begin(), plain.end(), padded_.end() - static_cast<std::ptrdiff_t>(plain.size()));
    plain = padded_;
  }
  std::size_t size = out.size();
  if (EVP_PKEY_encrypt(encrypting_.get(), raw(out), &size, raw(plain), plain.size()) != 1 || size != block_) {
    ERR_clear_error();
    return fail(Errc::backend, "OpenSSL: RSA failed to encrypt {} bytes", plain.size());
  }
  return {};
}

Result<std::size_t> RsaKey::decrypt(ByteSpan block, std::span<std::byte> out) {
  LC_EXPECT(block.size() == block_ && out.size() == block_, "one block of RSA");
  if (!decrypting_)
    return fail(Errc::no_key, "only the public half of the RSA key is here; decrypting needs the private one");
  std::size_t size = out.size();
  if (EVP_PKEY_decrypt(decrypting_.get(), raw(out), &size, raw(block), block.size()) != 1) {
    ERR_clear_error();
    return fail(Errc::corrupt, "rsa-lsb: a block is not one of this key");
  }
  return size;
}

Result<Bytes> RsaKey::multiply(ByteSpan a, ByteSpan b) const {
  BIGNUM* modulus = nullptr;
  EVP_PKEY_get_bn_param(key_.get(), OSSL_PKEY_PARAM_RSA_N, &modulus);
  const Number n{modulus}, product{BN_new()}, x{BN_bin2bn(raw(a), static_cast<int>(a.size()), nullptr)},
      y{BN_bin2bn(raw(b), static_cast<int>(b.size()), nullptr)};
  const std::unique_ptr<BN_CTX, FreeNumber> context{BN_CTX_new()};
  Bytes out(block_);
  if (!n || !product || !x || !y || BN_mod_mul(product.get(), x.get(), y.get(), n.get(), context.get()) != 1 ||
      BN_bn2binpad(product.get(), raw(std::span(out)), static_cast<int>(block_)) < 0)
    return fail(Errc::backend, "OpenSSL: a product modulo N failed");
  return out;
}

}  // namespace lc::study
