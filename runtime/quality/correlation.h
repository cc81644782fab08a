// How much a sample of a picture tells of its neighbour: about 0.97 in photographs, 0 in noise.
#pragma once

#include <cstddef>

#include "tensor/image.h"

namespace lc::quality {

enum class Direction { horizontal, vertical, diagonal };  // diagonal: down and to the right

struct Correlation {
  double r = 0;           // Pearson, -1..1; 0 where all samples are equal
  std::size_t pairs = 0;  // all there are
  // Random samples have |r| below this in 95 of 100 pictures.
  double bound() const;
};

// rgb (a sample's neighbour is of its own channel) or gray8, at least two pixels each way.
Correlation adjacent_correlation(const ImageView& picture, Direction direction);

}  // namespace lc::quality
