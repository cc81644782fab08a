// A model as one file (.lcm) that only some receivers can open. Who made it is another question, which the signed list
// inside answers (manifest.h). This keeps models from strangers; whom it is sealed for can copy it. Byte table:
// FORMAT.md.
//
// Nothing of a file is handed out before the list's signature, the last chunk's tag and the digest of each file were
// found good.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "seal/identity.h"
#include "seal/keyring.h"
#include "seal/model/manifest.h"
#include "seal/model/model_trust.h"

namespace lc::seal {

inline constexpr std::size_t kModelChunkBytes = 65536;
inline constexpr std::size_t kMaxModelReceivers = 256;

//   signed_list  what sign_model() made of these files, perhaps elsewhere
//   errors       refused: list and files differ, a receiver's key is of low order; invalid_config: no receiver, or too
//   many
Result<Bytes> seal_model(ByteSpan signed_list, const ModelFiles& files, const std::vector<PublicIdentity>& receivers,
                         std::uint64_t created_ms);

struct OpenedModel {
  ModelManifest manifest;
  Bytes signed_list;
  ModelFiles files;
  std::string signer;  // its name in signers.list
};

// The other way round.
//   errors  bad_format, truncated, corrupt: the bytes; no_key: not sealed for this receiver; what ModelTrust::check
//   says
Result<OpenedModel> open_model(ByteSpan sealed, const ReceiverIdentity& receiver, const ModelTrust& trust);

// A file, with the receiver's key, the signers and the memory of versions of a key ring. Files of up to 256 MiB.
//   keep_version  refuse earlier versions from now on: for whoever will use the model
Result<OpenedModel> load_model(const std::filesystem::path& path, const KeyRing& ring, bool keep_version);

}  // namespace lc::seal
