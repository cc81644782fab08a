// The pictures that `latentcast bench` loops over.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/network_source.h"
#include "tensor/image.h"

namespace lc::cli {

// The files of a folder, or the one source, as URIs.
//   errors  not_found
Result<std::vector<std::string>> uris_of(const std::string& source);

// The first `count` pictures, or as many as there are, as I420.
//   errors  what the first file without a picture says, if no other has one
Result<std::vector<Image>> load_pictures(const std::string& source, PictureSize size, int count);

// Whether `copies` of them fit into memory.
//   errors  invalid_config
Result<> expect_memory(PictureSize size, int count, std::size_t copies);

// There and back through the pictures, so that a clip has no cut where it begins anew.
std::size_t picture_of(int round, std::size_t count);

}  // namespace lc::cli
