#include "seal/model/model_trust.h"

#include <algorithm>

#include "seal/key_file.h"

namespace lc::seal {
Result<ModelTrust> ModelTrust::of(const KeyRing& ring, std::uint64_t now_ms) {
  ModelTrust trust;
  trust.state_ = ring.folder() / "state";
  trust.list_ = ring.list_file(Role::signer);
  trust.signers_ = LC_TRY(ring.signers());
  trust.now_ms_ = now_ms;
  return trust;
}

Result<std::string> ModelTrust::check(const UnpackedManifest& unpacked, Versions versions) const {
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
  if (versions == Versions::latest) LC_TRY(ModelVersion(state_, what).check());
  return signer->name;
}

}  // namespace lc::seal
