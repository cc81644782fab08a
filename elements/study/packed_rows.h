// Pictures without gaps between their rows, as ciphers take them.
#pragma once

#include "study/cipher.h"

namespace lc::elements {

// rgb or gray8. Replaces `out`.
study::Shape pack_rows(const ImageView& picture, Bytes& out);
// `rows` are as many bytes as pack_rows() makes of such a picture.
void unpack_rows(ByteSpan rows, const MutableImageView& picture);

}  // namespace lc::elements
