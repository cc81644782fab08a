// From a secret of any length to as many bytes as a cipher wants: AES-256-CTR from a zero counter, under the key
// SHA-256(secret || label). The published ciphers ask for "a random mask" or "a secret image" and leave its source
// open; so what breaks them is not a weak generator.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"

namespace lc::study {

inline constexpr std::size_t kLeastSecretBytes = 16;

// errors  backend
Result<> expand_key(ByteSpan secret, std::string_view label, std::span<std::byte> out);

// Expanded again only when more bytes are wanted than before.
class ExpandedKey {
 public:
  ExpandedKey(ByteSpan secret, std::string_view label) : secret_(secret.begin(), secret.end()), label_(label) {}
  // The first `bytes`; lent until the next call.
  Result<ByteSpan> first(std::size_t bytes);

 private:
  Bytes secret_;
  std::string_view label_;  // a literal
  Bytes expanded_;
};

// From the system's generator. errors  backend
Result<> random_bytes(std::span<std::byte> out);

}  // namespace lc::study
