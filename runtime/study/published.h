// The published ciphers by name: what elements and program offer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "study/cipher.h"

namespace lc::study {

struct PublishedCipher {
  std::string name;                   // "aes-features"
  std::vector<std::string> variants;  // the first is the default
  std::string paper;                  // "P3"
  std::string summary;                // one line
  bool takes_pem = false;             // its secret is an RSA key
};
const std::vector<PublishedCipher>& published_ciphers();

struct CipherChoice {
  std::string name, variant;  // variant may be empty: the default
  std::string message;        // of rsa-lsb: what is hidden in each picture
};

// The row of published_ciphers(); the variant of `choice` is filled in.
//   errors  invalid_config: no such cipher or variant, with what there is
Result<const PublishedCipher*> find_cipher(CipherChoice& choice);

// secret: kLeastSecretBytes or more; PEM where takes_pem.
//   errors  invalid_config: unknown, a short secret, or a message for a cipher that hides none; those of the cipher
Result<std::unique_ptr<Cipher>> make_cipher(CipherChoice choice, ByteSpan secret);

}  // namespace lc::study
