// What studymask does to pixels: one of the published ciphers whose result is again a picture, so that an autoencoder
// can take it.
//
//   xor-mask        P2: the secret mask; once more, and it is gone
//   logistic-chaos  P4 with the chaos first: blocks moved, then XOR. The stream's scale is 255, the largest that a pixel
//                   can be: beside the pixels there is no room for a picture's own
#pragma once

#include <optional>
#include <string>

#include "study/logistic_chaos.h"
#include "study/xor_mask.h"

namespace lc::study {

class PixelCipher {
 public:
  //   secret  16 bytes or more
  //   errors  invalid_config: no such cipher, with what there is; a short secret
  static Result<PixelCipher> create(const std::string& name, ByteSpan secret);

  // `out` is replaced by as many bytes, and keeps its capacity.
  //   inverse  takes away what was done
  //   errors   unsupported: samples that are no bytes; backend
  Result<> apply(const Frame& picture, bool inverse, Bytes& out);

 private:
  std::optional<XorMask> mask_;  // or
  std::optional<LogisticChaos> chaos_;
};

}  // namespace lc::study
