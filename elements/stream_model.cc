#include "elements/stream_model.h"

#include <vector>

#include "base/suggest.h"
#include "elements/open_model.h"

namespace lc::elements {
namespace {

using codec::Bundle;

std::string named(const Bundle& bundle) {
  return fmt::format("{} ({})", codec::short_hex(bundle.latent_space_short()), bundle.name());
}

std::string short_id(const std::string& latent_space) { return latent_space.substr(0, 8); }

Result<Model> given(const std::string& name, const std::string& keyring, const std::string& latent_space,
                    codec::BundleKind kind) {
  const bool is_exact = !latent_space.empty();
  auto model = LC_TRY(open_model(name, keyring, is_exact ? seal::Versions::any : seal::Versions::latest));
  LC_TRY(model.bundle->need(kind));
  if (is_exact && model.bundle->latent_space_hex() != latent_space)
    return fail(Errc::not_found,
                "the stream needs the latent space {}, I have {}; give the sender's model, or none, so that "
                "it is looked for",
                short_id(latent_space), named(*model.bundle));
  return model;
}

}  // namespace

Result<Model> model_for_stream(const std::string& model, const std::string& keyring, const std::string& latent_space,
                               codec::BundleKind kind) {
  if (!model.empty()) return given(model, keyring, latent_space, kind);
  if (latent_space.empty())
    return fail(Errc::invalid_config,
                "the stream does not say its latent space: name the autoencoder with the element's property");
  std::vector<std::string> others;
  for (const auto& path : codec::list_bundles()) {
    auto found = open_model(path, keyring, seal::Versions::any);
    if (!found) {
      others.push_back(fmt::format("{} (broken: {})", path.filename().string(), found.error().text));
      continue;
    }
    const Bundle& bundle = *found->bundle;
    if (bundle.latent_space_hex() == latent_space) {
      LC_TRY(bundle.need(kind));
      return std::move(*found);
    }
    if (bundle.kind() == kind) others.push_back(named(bundle));
  }
  return fail(Errc::not_found,
              "the stream needs the latent space {}, I have {}; put the sender's bundle into a folder of "
              "LATENTCAST_MODELS",
              short_id(latent_space), others.empty() ? "no models" : list_of(others));
}

}  // namespace lc::elements
