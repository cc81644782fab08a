// Binary PPM (P6, rgb) and PGM (P5, gray8), 8 bits a sample: pictures without a library, for tests and tools.
#pragma once

#include <filesystem>

#include "base/bytes.h"
#include "tensor/image.h"

namespace lc {

// errors  bad_format (not P5 or P6), unsupported (16 bits, a side above Image::kMaxSide), truncated
Result<Image> decode_ppm(ByteSpan bytes);
// rgb and gray8 as they are, other formats as rgb.
Bytes encode_ppm(const ImageView& image);

Result<Image> load_ppm(const std::filesystem::path& path);
Result<> save_ppm(const std::filesystem::path& path, const ImageView& image);

}  // namespace lc
