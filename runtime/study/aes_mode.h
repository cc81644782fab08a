// AES-256 in the modes that papers leave open, through OpenSSL. None of them authenticates.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "base/bytes.h"

struct evp_cipher_ctx_st;
struct evp_cipher_st;

namespace lc::study {

class AesMode {
 public:
  enum class Kind { ecb, cbc, ctr };
  using Block = std::array<std::byte, 16>;
  static constexpr std::size_t kKeyBytes = 32;

  // errors  backend
  static Result<AesMode> create(Kind kind);

  // key: kKeyBytes. iv: of cbc; the first counter block of ctr. ecb and cbc take whole blocks. `out` is as long as what
  // goes in, and may be the same memory.
  //   errors   backend
  Result<> encrypt(ByteSpan key, const Block& iv, ByteSpan plain, std::span<std::byte> out);
  Result<> decrypt(ByteSpan key, const Block& iv, ByteSpan cipher, std::span<std::byte> out);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
    void operator()(evp_cipher_st* cipher) const;
  };
  AesMode() = default;
  Result<> run(bool encrypts, ByteSpan key, const Block& iv, ByteSpan in, std::span<std::byte> out);

  Kind kind_ = Kind::ctr;
  std::unique_ptr<evp_cipher_st, Free> cipher_;
  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
};

}  // namespace lc::study
