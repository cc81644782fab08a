// Codecs as `latentcast eval` sees them: a picture and a quality in, real bytes and a decoded picture out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/bundle.h"
#include "tensor/image.h"

namespace lc::cli {

struct Coded {
  std::size_t bytes = 0;  // all of them, headers included
  Image decoded;          // rgb
  double encode_ms = 0, decode_ms = 0;
};

class StillCodec {
 public:
  virtual ~StillCodec() = default;
  // One thread at a time.
  virtual Result<Coded> code(const Image& rgb, int quality) = 0;
};

// What to measure: a codec and its qualities, in ascending order. Each thread makes a codec of its own.
struct Contestant {
  std::string name;
  std::vector<int> qualities;
  std::function<std::unique_ptr<StillCodec>()> make;
  std::shared_ptr<const codec::Bundle> bundle;  // null for rivals
};

Contestant jpeg_contestant();
Contestant webp_contestant();
// Key frames of a bundle, through the frame encoder and decoder that the elements use.
Contestant bundle_contestant(std::shared_ptr<const codec::Bundle> bundle, std::vector<int> qualities);

}  // namespace lc::cli
