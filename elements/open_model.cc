#include "elements/open_model.h"

#include "seal/model/sealed_model.h"

namespace lc::elements {

Result<std::shared_ptr<const codec::Bundle>> open_model(const std::filesystem::path& model,
                                                        const std::string& keyring) {
  const auto path = LC_TRY(codec::find_bundle(model));
  if (!codec::is_sealed(path)) return codec::Bundle::load(codec::BundleSource::folder(path));
  auto opened = LC_TRY(seal::load_model(path, LC_TRY(seal::KeyRing::open(keyring)), true));
  const auto read = [&](std::string_view name, std::size_t limit) -> Result<Bytes> {
    const auto found = opened.files.find(name);
    if (found == opened.files.end()) return fail(Errc::not_found, "{}: is not in it", (path / name).string());
    if (found->second.size() > limit)
      return fail(Errc::unsupported, "{}: larger than {} bytes", (path / name).string(), limit);
    return std::move(found->second);
  };
  return codec::Bundle::load(codec::BundleSource{path, read});
}

}  // namespace lc::elements
