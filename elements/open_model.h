// A model by the name that a user gives: a bundle's folder, or a sealed file, which the receiver's key of a key ring
// opens.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "codec/bundle.h"

namespace lc::elements {

//   keyring  folder; empty: the default one. It is looked at for sealed files only: their signer must stand in its
//            signers.list, and no version before the latest that was opened with it is opened
//   errors   those of Bundle::load and of seal::load_model
Result<std::shared_ptr<const codec::Bundle>> open_model(const std::filesystem::path& model, const std::string& keyring);

}  // namespace lc::elements
