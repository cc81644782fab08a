// Which model a stream of latents needs.
#pragma once

#include <string>

#include "elements/open_model.h"

namespace lc::elements {

// The model of this kind with this latent-space id (64 hex digits, from caps): among all that can be found, or `model`
// if that is not empty; of whatever version, since the id names all its files. Without an id in the caps, `model` must
// be given, and must be no earlier version than was used before. `keyring` opens those that are sealed.
//   errors  not_found ("the stream needs 3f9a12c0, I have 77c1beef"), invalid_config, whatever loading says
Result<Model> model_for_stream(const std::string& model, const std::string& keyring, const std::string& latent_space,
                               codec::BundleKind kind = codec::BundleKind::autoencoder);

}  // namespace lc::elements
