// Which models may be used here: signed by a key of signers.list, not past their last day, made for this program, and
// no older than what was used before.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "seal/keyring.h"
#include "seal/model/manifest.h"
#include "seal/model/model_version.h"

namespace lc::seal {

enum class Versions {
  latest,  // none before one that was used here
  any,     // for whom the model is named exactly, as by the latent-space id of a stream: yesterday's needs yesterday's
};

class ModelTrust {
 public:
  // What the key ring says now.
  static Result<ModelTrust> of(const KeyRing& ring, std::uint64_t now_ms);

  // The name of its signer in the list.
  //   errors  refused, with the reason and the remedy; corrupt: the signature, or what we remember; unsupported: engine
  Result<std::string> check(const UnpackedManifest& unpacked, Versions versions = Versions::latest) const;

 private:
  std::filesystem::path state_, list_;
  std::vector<PinnedSigner> signers_;
  std::uint64_t now_ms_ = 0;
};

}  // namespace lc::seal
