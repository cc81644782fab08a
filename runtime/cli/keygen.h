// latentcast keygen: makes keys and adds those of the other side to the list of trusted ones.
#pragma once

#include <string>
#include <vector>

#include "cli/passphrase_options.h"

namespace lc::cli {

struct KeygenOptions {
  std::string keyring;            // empty: the user's own
  std::string device, receiver, signer;  // names of keys to make
  std::vector<std::string> pins;         // .pub files of the other side
  PassphraseOptions passphrase;          // of the keys that are made
};

// Does what was asked, in this order: keys, then pins; says what it did and what to do next. Without anything
// to do it shows what the key ring holds. Returns an exit code.
int keygen(const KeygenOptions& options);

}  // namespace lc::cli
