// Codecs as `latentcast eval` sees them: pictures and a quality in, real bytes and decoded pictures out.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/bundle.h"
#include "tensor/image.h"

namespace lc::cli {

struct Coded {
  std::size_t bytes = 0;  // all of them, headers included
  double encode_ms = 0, decode_ms = 0;
};

// A decoded picture; they come in order.
using OnDecoded = std::function<void(const ImageView&)>;

class ContestCodec {
 public:
  virtual ~ContestCodec() = default;
  // One picture, or the pictures of a clip, all of one format and size. One thread at a time.
  virtual Result<Coded> code(std::span<const Image> pictures, int quality, const OnDecoded& decoded) = 0;
};

// What to measure: a codec and its qualities, in ascending order of bits. Each thread makes a codec of its own.
struct Contestant {
  std::string name;
  std::vector<int> qualities;
  std::function<std::unique_ptr<ContestCodec>()> make;
  std::shared_ptr<const codec::Bundle> bundle;  // null for rivals
};

// A bundle, through the frame encoder and decoder that the elements use.
Contestant bundle_contestant(std::shared_ptr<const codec::Bundle> bundle, std::vector<int> qualities, int key_interval);

// For pictures in RGB: libjpeg-turbo 4:2:0 with optimised tables, WebP method 4, x264 intra (ultrafast, medium;
// constant quantisers, tuned for PSNR, 4:2:0 through our own conversion). `left_out` says what is not installed.
std::vector<Contestant> picture_rivals(std::string& left_out);

// For clips in I420: Motion JPEG, x264 zerolatency (ultrafast, medium) with the same key interval.
std::vector<Contestant> clip_rivals(int key_interval, std::string& left_out);

}  // namespace lc::cli
