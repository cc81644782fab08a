// PNG files, through libpng. Reading gives gray8 for gray files of up to 8 bits without transparency and rgb
// for all others, samples as stored: no gamma, transparent pixels over light grey (200), 16 bits cut to 8.
#pragma once

#include <filesystem>

#include "base/bytes.h"
#include "tensor/image.h"

namespace lc::quality {

// errors  bad_format (not a PNG), truncated or corrupt (libpng's words), unsupported (a side above
// Image::kMaxSide)
Result<Image> decode_png(ByteSpan bytes);
// rgb and gray8 as they are, other formats as rgb.
Result<Bytes> encode_png(const ImageView& image);

Result<Image> load_png(const std::filesystem::path& path);
Result<> save_png(const std::filesystem::path& path, const ImageView& image);

// A picture file by its content: PNG, PPM or PGM, JPEG, WebP.
Result<Image> load_picture(const std::filesystem::path& path);

}  // namespace lc::quality
