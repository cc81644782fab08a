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
//   errors       refused: its signature is false, it is past its last day at `created_ms`, list and files differ, a
//                receiver's key is of low order; corrupt: bytes follow the list; invalid_config: no receiver, too many,
//                or one twice
Result<Bytes> seal_model(ByteSpan signed_list, const ModelFiles& files, const std::vector<PublicIdentity>& receivers,
                         std::uint64_t created_ms);

// The file around list and files, which are not looked at.
Result<Bytes> seal_plain(ByteSpan plain, const std::vector<PublicIdentity>& receivers, std::uint64_t created_ms);
// How long it is.
std::size_t sealed_bytes(std::size_t plain, std::size_t receivers);

struct OpenedModel {
  ModelManifest manifest;
  Bytes signed_list;
  ModelFiles files;
  std::string signer;  // its name in signers.list
};

// The other way round.
//   errors  bad_format, truncated, corrupt: the bytes; no_key: not sealed for this receiver; what ModelTrust::check
//   says
Result<OpenedModel> open_model(ByteSpan sealed, const ReceiverIdentity& receiver, const ModelTrust& trust,
                               Versions versions = Versions::latest);

// A file, with the receiver's key, the signers and the memory of versions of a key ring. Who uses the model remembers
// its version, once it works: ModelVersion::of().
Result<OpenedModel> load_model(const std::filesystem::path& path, const KeyRing& ring,
                               Versions versions = Versions::latest);

}  // namespace lc::seal
