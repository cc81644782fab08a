// The studied ciphers as they run in pipelines: pictures through studyencrypt and studydecrypt.
#pragma once

#include <span>
#include <string>

#include "base/bytes.h"
#include "tensor/image.h"

namespace lc::cli {

struct ThroughElements {
  int frames = 0;
  double bytes_a_packet = 0, ms_a_frame = 0;  // processor time, both elements and a conversion to the pixel format
  bool is_exact = false;                      // all pictures came back as they entered studyencrypt
};

// cipher, variant: of studyencrypt; secret: what its key file holds.
//   errors  not_found: no videoconvert is installed; backend: a picture did not come back
Result<ThroughElements> through_elements(const std::string& cipher, const std::string& variant, ByteSpan secret,
                                         std::span<const Image> pictures);

}  // namespace lc::cli
