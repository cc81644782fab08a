// Lossy WebP through libwebp, method 4, where meson found it (it is optional).
#pragma once

#include "base/bytes.h"
#include "tensor/image.h"

namespace lc::quality {

// Whether this build has WebP; without it both functions answer unsupported.
bool has_webp();

// quality 0..100 on libwebp's scale. Pictures that are not rgb are converted first.
Result<Bytes> encode_webp(const ImageView& image, int quality);
Result<Image> decode_webp(ByteSpan bytes);

}  // namespace lc::quality
