// Two pictures beside each other, each below a line of words.
#pragma once

#include <string_view>

#include "tensor/image.h"

namespace lc::cli {

// rgb, four pixels between them. Pictures may differ in size and format.
Image side_by_side(const ImageView& left, const ImageView& right, std::string_view left_words,
                   std::string_view right_words);

}  // namespace lc::cli
