// The studied systems as they run in pipelines: pictures through elements and back.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tensor/image.h"

namespace lc::cli {

struct Passage {
  std::vector<Image> pictures;  // as they left the last element: rgb or gray8
  double bytes = 0, ms = 0;     // of all pictures; processor time
};

// launch: elements from pictures (gray8 or rgb, of one size) to pictures, with an `identity name=coded` where bytes are
// counted.
//   errors  not_found: an element is not installed; backend: a picture did not come back
Result<Passage> pass_elements(const std::string& launch, std::span<const Image> pictures);

// For launch lines.
std::string launch_value(std::string_view value);

struct ThroughElements {
  int frames = 0;
  double bytes_a_packet = 0, ms_a_frame = 0;  // processor time, both elements
  bool is_exact = false;                      // all pictures came back as they entered studyencrypt
};

// cipher, variant: of studyencrypt; secret: what its key file holds.
//   errors  those of pass_elements()
Result<ThroughElements> through_elements(const std::string& cipher, const std::string& variant, ByteSpan secret,
                                         std::span<const Image> pictures);

}  // namespace lc::cli
