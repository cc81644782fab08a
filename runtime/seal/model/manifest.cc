#include "seal/model/manifest.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "seal/raw.h"

namespace lc::seal {
namespace {

constexpr std::string_view kMagic = "LCMANIF1";
constexpr std::string_view kSignatureLabel{"latentcast model manifest v1\0", 29};
constexpr std::string_view kModelLabel{"latentcast model id v1\0", 23};
constexpr std::size_t kMaxNameBytes = 100;

bool is_plain_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kMaxNameBytes && name[0] != '.' && std::all_of(name.begin(), name.end(), good);
}

Bytes to_sign(ByteSpan manifest) {
  Bytes out;
  Writer(out).text(kSignatureLabel);
  Writer(out).bytes(manifest);
  return out;
}

Result<ListedFile> take_file(Reader& in) {
  ListedFile file;
  const auto role = LC_TRY(in.big<std::uint8_t>());
  file.name = std::string(as_text(LC_TRY(in.take(LC_TRY(in.big<std::uint8_t>())))));
  if (!is_plain_name(file.name)) return fail(Errc::bad_format, "the model's list has a name that no file may have");
  if (role != static_cast<std::uint8_t>(role_of(file.name)))
    return fail(Errc::bad_format, "the model's list has '{}' in role {}, which it cannot be", file.name, role);
  file.size = LC_TRY(in.big<std::uint64_t>());
  file.digest = LC_TRY(in.take_array<kDigestBytes>());
  return file;
}

}  // namespace

FileRole role_of(std::string_view name) {
  if (name.starts_with("encoder.")) return FileRole::encoder;
  if (name.starts_with("decoder.")) return FileRole::decoder;
  if (name.starts_with("classifier.")) return FileRole::classifier;
  return name == "entropy.bin" ? FileRole::tables : FileRole::description;
}

ModelId model_id(const PublicKey& signer, std::string_view name) {
  ModelId id;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, id.size());
  for (const ByteSpan part : {as_bytes(kModelLabel), ByteSpan(signer), as_bytes(name)})
    crypto_generichash_update(&state, raw(part.data()), part.size());
  crypto_generichash_final(&state, raw(id.data()), id.size());
  return id;
}

bool ModelManifest::has(FileRole role) const {
  return std::any_of(files.begin(), files.end(), [&](const ListedFile& file) { return role_of(file.name) == role; });
}

std::uint64_t ModelManifest::bytes() const {
  std::uint64_t sum = 0;
  for (const ListedFile& file : files) sum += file.size;
  return sum;
}

Result<Bytes> sign_model(const SigningIdentity& signer, ModelManifest what, const ModelFiles& files) {
  what.signer = signer.identity().key;
  if (files.empty() || files.size() > kMaxModelFiles)
    return fail(Errc::invalid_config, "a sealed model has 1 to {} files, not {}", kMaxModelFiles, files.size());
  Bytes out;
  Writer to(out);
  to.text(kMagic);
  to.bytes(what.model);
  to.big(what.version);
  to.bytes(what.signer);
  to.big(what.not_after_ms);
  to.big(what.min_engine);
  to.big(static_cast<std::uint16_t>(files.size()));
  std::uint64_t sum = 0;
  for (const auto& [name, content] : files) {
    if (!is_plain_name(name))
      return fail(Errc::invalid_config, "'{}' cannot be in a model: use up to {} letters, digits, '.', '_' or '-'",
                  name.substr(0, kMaxNameBytes), kMaxNameBytes);
    sum += content.size();
    to.big(static_cast<std::uint8_t>(role_of(name)));
    to.big(static_cast<std::uint8_t>(name.size()));
    to.text(name);
    to.big(static_cast<std::uint64_t>(content.size()));
    to.bytes(blake2b_256(content));
  }
  if (sum == 0 || sum > kMaxModelBytes)
    return fail(Errc::invalid_config, "the files have {} bytes together; a sealed model has 1 to {}", sum,
                kMaxModelBytes);
  std::array<std::byte, kSignatureBytes> signature;
  signer.sign(to_sign(out), signature);
  to.bytes(signature);
  return out;
}

Result<UnpackedManifest> unpack_manifest(ByteSpan bytes) {
  Reader in(bytes);
  if (as_text(LC_TRY(in.take(kMagic.size()))) != kMagic)
    return fail(Errc::bad_format, "this is not the signed list of a model: it does not begin with '{}'", kMagic);
  UnpackedManifest out;
  ModelManifest& what = out.manifest;
  what.model = LC_TRY(in.take_array<16>());
  what.version = LC_TRY(in.big<std::uint64_t>());
  what.signer = LC_TRY(in.take_array<kPublicKeyBytes>());
  what.not_after_ms = LC_TRY(in.big<std::uint64_t>());
  what.min_engine = LC_TRY(in.big<std::uint32_t>());
  const auto count = LC_TRY(in.big<std::uint16_t>());
  if (count == 0 || count > kMaxModelFiles)
    return fail(Errc::unsupported, "the model's list has {} files; 1 to {} are possible", count, kMaxModelFiles);
  std::uint64_t left = kMaxModelBytes;
  for (int i = 0; i < count; ++i) {
    ListedFile file = LC_TRY(take_file(in));
    // In order, so that none comes twice.
    if (!what.files.empty() && file.name <= what.files.back().name)
      return fail(Errc::bad_format, "the model's list has '{}' twice, or not in order", file.name);
    if (file.size > left)
      return fail(Errc::unsupported, "the files of the model are larger than {} bytes together", kMaxModelBytes);
    left -= file.size;
    what.files.push_back(std::move(file));
  }
  LC_TRY(in.take(kSignatureBytes));
  out.bytes = bytes.first(in.offset());
  return out;
}

Result<UnpackedManifest> unpack_signed_list(ByteSpan bytes) {
  auto unpacked = LC_TRY(unpack_manifest(bytes));
  if (unpacked.bytes.size() != bytes.size())
    return fail(Errc::corrupt, "{} bytes follow the signature of the list", bytes.size() - unpacked.bytes.size());
  return unpacked;
}

bool has_good_signature(const UnpackedManifest& unpacked) {
  const ByteSpan signed_part = unpacked.bytes.first(unpacked.bytes.size() - kSignatureBytes);
  return is_signed_by(unpacked.manifest.signer, to_sign(signed_part), unpacked.bytes.last(kSignatureBytes));
}

Result<> compare(const ModelManifest& manifest, const ModelFiles& files) {
  for (const ListedFile& listed : manifest.files) {
    const auto found = files.find(listed.name);
    if (found == files.end()) return fail(Errc::refused, "{}: is in the signed list, but not there", listed.name);
    if (found->second.size() != listed.size || blake2b_256(found->second) != listed.digest)
      return fail(Errc::refused, "{}: differs from what was signed", listed.name);
  }
  for (const auto& [name, content] : files)
    if (std::none_of(manifest.files.begin(), manifest.files.end(), [&](const auto& one) { return one.name == name; }))
      return fail(Errc::refused, "{}: is not in the signed list", name);
  return {};
}

}  // namespace lc::seal
