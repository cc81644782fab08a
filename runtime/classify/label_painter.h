// Labels in their picture: a line of words below, the evidence as a red veil, and a frame around the part that was
// looked at where that was not all of it.
//
// Old labels cannot pass for new ones: their words are amber and tell the age, and their evidence is not shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "classify/labels.h"
#include "tensor/image.h"

namespace lc::classify {

class LabelPainter {
 public:
  //   image           of any size: rectangles of labels are scaled from the picture that was looked at
  //   age             ns since that picture, where the labels are stale
  //   shows_evidence  whether evidence is painted, where there is any
  // Allocates only while words get longer.
  void paint(const MutableImageView& image, const Labels& labels, std::optional<std::uint64_t> age,
             bool shows_evidence);

 private:
  void write(const Labels& labels, std::optional<std::uint64_t> age, int room);
  std::string name_, text_;
};

}  // namespace lc::classify
