// The labelled test pictures of ../shared/data: sheets of tiles with labels.npz, or MNIST's own files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "quality/resize.h"
#include "tensor/image.h"

namespace lc::cli {

struct DataSet {
  std::vector<Image> pictures;  // one or more, of one size; gray8 or rgb
  std::vector<int> labels;      // one for each picture
};

// The first `limit` test pictures of mnist, cifar10, xray or fundus.
//   data    the folder in which those folders lie
//   errors  not_found: a file is not there; bad_format, invalid_config: no such set
Result<DataSet> load_test_set(const std::filesystem::path& data, const std::string& name, int limit);

// Of photographs, which have no labels: the middle of each of the first `limit` pictures in the folder, gray, scaled to
// side x side.
Result<DataSet> load_photos(const std::filesystem::path& folder, int side, int limit);

// Scaled as the pictures that the networks were trained on; what the proportions are is not kept.
Image scaled(const ImageView& picture, PixelFormat format, int width, int height,
             quality::Kernel kernel = quality::Kernel::lanczos);

}  // namespace lc::cli
