// The version of a signed list, and the memory of a key ring: no version is used before one that was used. One number
// for each network in the list, so that an encoder and a decoder that were signed apart do not shut each other out, and
// so that nobody brings an earlier network back in a list with others.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "seal/keyring.h"
#include "seal/model/manifest.h"

namespace lc::seal {

class ModelVersion {
 public:
  static ModelVersion of(const KeyRing& ring, const ModelManifest& manifest) {
    return {ring.folder() / "state", manifest};
  }
  //   state  folder of the key ring; need not exist
  ModelVersion(std::filesystem::path state, const ModelManifest& manifest);

  //   errors  refused: a later one was used before; corrupt: what we remember
  Result<> check() const;
  // From now on no earlier one is used: for whoever has seen it work. Writes nothing where that is known already.
  //   errors  as check(), since another process may have used a later one meanwhile; refused, unavailable: it cannot be
  //           remembered
  Result<> remember() const;

 private:
  Result<bool> is_known() const;

  std::filesystem::path state_;
  std::vector<std::filesystem::path> files_;  // of each network
  std::uint64_t version_;
};

}  // namespace lc::seal
