// The property `passphrase-fd`: whoever starts the pipeline leaves the passphrase of the key files at a descriptor.
#pragma once

#include "seal/passphrase.h"

namespace lc::elements {

inline constexpr char kPassphraseFdText[] =
    "Descriptor whose first line is the passphrase of the key file, read at the first start; -1: it has none";

// Reads it once in the life of an element; later starts find the key unlocked.
class PassphraseFd {
 public:
  Result<> offer(int fd) {
    if (fd < 0 || is_read_) return {};
    seal::offer_passphrase(LC_TRY(seal::read_passphrase(fd)));
    is_read_ = true;
    return {};
  }

 private:
  bool is_read_ = false;
};

}  // namespace lc::elements
