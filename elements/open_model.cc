#include "elements/open_model.h"

#include "seal/model/sealed_model.h"

namespace lc::elements {

Result<> Model::remember() const {
  if (!version) return {};
  if (auto done = version->remember(); !done) return within(bundle->path().string(), std::move(done).error());
  return {};
}

Result<Model> open_model(const std::filesystem::path& model, const std::string& keyring, seal::Versions versions) {
  const auto path = LC_TRY(codec::find_bundle(model));
  Model out;
  if (!codec::is_sealed(path)) {
    out.bundle = LC_TRY(codec::Bundle::load(codec::BundleSource::folder(path)));
    return out;
  }
  const seal::KeyRing ring = LC_TRY(seal::KeyRing::open(keyring));
  auto opened = LC_TRY(seal::load_model(path, ring, versions));
  const auto read = [&](std::string_view name, std::size_t limit) -> Result<Bytes> {
    const auto found = opened.files.find(name);
    if (found == opened.files.end()) return fail(Errc::not_found, "{}: is not in it", (path / name).string());
    if (found->second.size() > limit)
      return fail(Errc::unsupported, "{}: larger than {} bytes", (path / name).string(), limit);
    return std::move(found->second);
  };
  out.bundle = LC_TRY(codec::Bundle::load(codec::BundleSource{path, read}));
  if (versions == seal::Versions::latest) out.version = seal::ModelVersion::of(ring, opened.manifest);
  return out;
}

}  // namespace lc::elements
