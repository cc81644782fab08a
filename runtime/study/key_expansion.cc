#include "study/key_expansion.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "study/aes_mode.h"

namespace lc::study {

Result<> expand_key(ByteSpan secret, std::string_view label, std::span<std::byte> out) {
  Bytes labelled(secret.begin(), secret.end());
  Writer(labelled).text(label);
  std::array<std::byte, 32> key;
  unsigned length = 0;
  if (EVP_Digest(labelled.data(), labelled.size(), reinterpret_cast<unsigned char*>(key.data()), &length, EVP_sha256(),
                 nullptr) != 1)
    return fail(Errc::backend, "OpenSSL: SHA-256 failed");
  AesMode stream = LC_TRY(AesMode::create(AesMode::Kind::ctr));
  std::fill(out.begin(), out.end(), std::byte{0});
  return stream.encrypt(key, AesMode::Block{}, out, out);
}

Result<ByteSpan> ExpandedKey::first(std::size_t bytes) {
  if (expanded_.size() < bytes) {
    expanded_.resize(bytes);
    if (auto done = expand_key(secret_, label_, expanded_); !done) {
      expanded_.clear();
      return tl::unexpected<Error>(done.error());
    }
  }
  return ByteSpan(expanded_).first(bytes);
}

Result<> random_bytes(std::span<std::byte> out) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) != 1)
    return fail(Errc::backend, "OpenSSL: the system's random generator failed");
  return {};
}

}  // namespace lc::study
