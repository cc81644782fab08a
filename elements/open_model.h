// A model by the name that a user gives: a bundle's folder, or a sealed file, which the receiver's key of a key ring
// opens.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "codec/bundle.h"
#include "seal/model/model_trust.h"

namespace lc::elements {

struct Model {
  std::shared_ptr<const codec::Bundle> bundle;
  std::optional<seal::ModelVersion> version;  // of a sealed file, opened as the latest

  // Once its network was made: from now on no earlier version is used with this key ring.
  //   errors  of ModelVersion::remember()
  Result<> remember() const;
};

//   keyring  folder; empty: the default one. It is looked at for sealed files only: their signer must stand in its
//            signers.list, and unless `versions` is any, no version before the latest that was used with it is opened
//   errors   those of Bundle::load and of seal::load_model
Result<Model> open_model(const std::filesystem::path& model, const std::string& keyring,
                         seal::Versions versions = seal::Versions::latest);

}  // namespace lc::elements
