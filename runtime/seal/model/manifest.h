// What a signer says of a model: which one it is, which version, and the digest of each file. It is signed in the clear
// and stays the same whoever the model is sealed for. Byte table: FORMAT.md, section 2.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "seal/digest.h"
#include "seal/identity.h"

namespace lc::seal {

// What a file is for: who only encodes gets no decoder.
enum class FileRole : std::uint8_t { encoder = 1, decoder = 2, classifier = 3, tables = 4, description = 5 };
// By name: encoder.*, decoder.*, classifier.*, entropy.bin; all else describes.
FileRole role_of(std::string_view file_name);

inline constexpr std::size_t kMaxModelFiles = 64;
inline constexpr std::size_t kMaxModelBytes = std::size_t{256} << 20;  // all files together
inline constexpr std::size_t kMaxSignedListBytes = 78 + kMaxModelFiles * (2 + 100 + 8 + kDigestBytes) + kSignatureBytes;
inline constexpr std::uint32_t kModelEngine = 1;                       // what this program understands

using ModelId = std::array<std::byte, 16>;
// Of all versions of a model: its signer and its name.
ModelId model_id(const PublicKey& signer, std::string_view name);

using ModelFiles = std::map<std::string, Bytes, std::less<>>;

struct ListedFile {
  std::string name;  // plain: no '/', nothing hidden
  std::uint64_t size = 0;
  Digest256 digest{};
};

struct ModelManifest {
  ModelId model{};
  std::uint64_t version = 0;
  PublicKey signer{};
  std::uint64_t not_after_ms = 0;  // since 1970; 0: for ever
  std::uint32_t min_engine = kModelEngine;
  std::vector<ListedFile> files;

  bool has(FileRole role) const;
  std::uint64_t bytes() const;  // of all files
};

// The manifest with its signature. Lists `files` in order of their names.
//   what    all but signer and files
//   errors  invalid_config: no file, too many, too large, or a name that is not plain
Result<Bytes> sign_model(const SigningIdentity& signer, ModelManifest what, const ModelFiles& files);

struct UnpackedManifest {
  ModelManifest manifest;
  ByteSpan bytes;  // with the signature; what follows it was not looked at
};
// Looks at no signature: nothing of it may be believed before has_good_signature().
//   errors  truncated, bad_format, unsupported
Result<UnpackedManifest> unpack_manifest(ByteSpan bytes);
// The same of bytes that must be a list and nothing more.
//   errors  corrupt: something follows it
Result<UnpackedManifest> unpack_signed_list(ByteSpan bytes);
[[nodiscard]] bool has_good_signature(const UnpackedManifest& unpacked);

// Whether these are the files of the list, no more and no fewer.
//   errors  refused, with the name of the first that is not
Result<> compare(const ModelManifest& manifest, const ModelFiles& files);

}  // namespace lc::seal
