// latentcast keys: what a key ring holds and whom it trusts; trust, revoke, ask for new session keys.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace lc::cli {

// Prints the own keys of the key ring and the keys that it trusts, with fingerprints. No secret is read that wants a
// passphrase.
Result<> show_keys(const std::filesystem::path& folder);

}  // namespace lc::cli
