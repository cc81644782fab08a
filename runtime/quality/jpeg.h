// JPEG through libjpeg-turbo, as the rival that everybody knows: 4:2:0, baseline, optimised Huffman tables,
// the slow exact transforms. Photographs for training and tests come in it as well.
#pragma once

#include "base/bytes.h"
#include "tensor/image.h"

namespace lc::quality {

// quality 1..100 on libjpeg's scale. Pictures that are not gray8 are converted to RGB first.
Result<Bytes> encode_jpeg(const ImageView& image, int quality);

// gray8 for gray files, rgb for others (CMYK is unsupported). A file that ends early or contradicts itself is
// refused (truncated, corrupt), not patched up.
Result<Image> decode_jpeg(ByteSpan bytes);

}  // namespace lc::quality
