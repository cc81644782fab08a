// `latentcast models sign | seal | open | verify`: models as files that only some receivers can open, with the
// signature of who made them. runtime/seal/model/FORMAT.md describes the bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}

namespace lc::cli {

struct SealedModelOptions {
  std::string model;  // a bundle by name or folder, or a sealed file
  std::string keyring;
  std::string role;                      // encoder, decoder; empty: all files
  std::optional<std::uint64_t> version;  // 1 to 2^63-1; none: the time, in ms since 1970
  std::string not_after;
  std::vector<std::string> receivers;  // .pub files
  std::string output;
};

// Writes signed.list, or signed-ROLE.list, beside the files.
Result<> sign_bundle(const SealedModelOptions& options);
// With the signed list that is there, else with one that the key ring's signer makes now.
Result<> seal_bundle(const SealedModelOptions& options);
// Into a folder that must not exist, and that nobody else can read, with the signed list.
Result<> open_bundle(const SealedModelOptions& options);
// Of a sealed file everything that would stop its use; of a folder the digests and each signed list.
Result<> verify_bundle(const SealedModelOptions& options);

// The four commands, into `models`.
void add_sealed_models(CLI::App& models, int& exit_code);

}  // namespace lc::cli
