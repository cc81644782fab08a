#include "seal/model/model_trust.h"

#include <algorithm>
#include <charconv>

#include "seal/checked_file.h"
#include "seal/key_file.h"

namespace lc::seal {
namespace {

constexpr std::string_view kTitle = "latentcast-model v1 ";

// "latentcast-model v1 VERSION\n"; 0 where there is no file.
Result<std::uint64_t> seen_version(const std::filesystem::path& path) {
  const auto content = read_checked(path, Privacy::pinned, kMaxKeyFileBytes);
  if (!content && content.error().code == Errc::not_found) return 0;
  if (!content && content.error().code != Errc::bad_format) return tl::unexpected<Error>(content.error());
  const std::string_view text = content ? as_text(content->reveal()) : std::string_view();
  std::uint64_t version = 0;
  if (text.starts_with(kTitle)) {
    const auto [end, error] = std::from_chars(text.data() + kTitle.size(), text.data() + text.size(), version);
    if (error == std::errc() && std::string_view(end, text.data() + text.size()) == "\n") return version;
  }
  return fail(Errc::corrupt,
              "{}: is damaged, so nobody knows which version of the model was used last; look at the model with "
              "'latentcast models verify', then remove this file",
              path.string());
}

}  // namespace

Result<ModelTrust> ModelTrust::of(const KeyRing& ring, std::uint64_t now_ms) {
  ModelTrust trust;
  trust.state_ = ring.folder() / "state";
  trust.list_ = ring.list_file(Role::signer);
  trust.signers_ = LC_TRY(ring.signers());
  trust.now_ms_ = now_ms;
  return trust;
}

std::filesystem::path ModelTrust::file(const ModelManifest& manifest) const {
  return state_ / fmt::format("model-{}-{}", to_hex(device_id(manifest.signer)), to_hex(manifest.model));
}

Result<std::string> ModelTrust::check(const UnpackedManifest& unpacked) const {
  const ModelManifest& what = unpacked.manifest;
  const auto signer =
      std::find_if(signers_.begin(), signers_.end(), [&](const PinnedSigner& one) { return one.key == what.signer; });
  if (signer == signers_.end())
    return fail(
        Errc::refused,
        "is signed by a key that {} does not have, with the fingerprint {}; if that is whom you trust: latentcast "
        "keys add SIGNER.pub",
        list_.string(), fingerprint(Role::signer, what.signer));
  if (!has_good_signature(unpacked))
    return fail(Errc::corrupt, "its signature is not that of '{}': it was damaged or altered; fetch it anew",
                signer->name);
  if (what.min_engine > kModelEngine)
    return fail(Errc::unsupported, "needs a newer latentcast (engine {}, this one has {})", what.min_engine,
                kModelEngine);
  if (what.not_after_ms != 0 && what.not_after_ms < now_ms_)
    return fail(Errc::refused, "could be used until {}; ask '{}' for a newer one",
                utc_text(static_cast<std::int64_t>(what.not_after_ms / 1000)), signer->name);
  const auto seen = LC_TRY(seen_version(file(what)));
  if (what.version < seen)
    return fail(Errc::refused, "is version {}, and version {} was used here before; fetch the newer one", what.version,
                seen);
  return signer->name;
}

Result<> ModelTrust::remember(const ModelManifest& manifest) const {
  LC_TRY(ensure_private_folder(state_));
  const FileLock lock = LC_TRY(FileLock::take(state_ / "lock"));
  const auto path = file(manifest);
  if (LC_TRY(seen_version(path)) >= manifest.version) return {};
  return replace_checked(path, as_bytes(fmt::format("{}{}\n", kTitle, manifest.version)), Privacy::secret);
}

}  // namespace lc::seal
