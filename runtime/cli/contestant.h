// Codecs as `latentcast eval` sees them: pictures and a quality in, real bytes and decoded pictures out.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/bundle.h"
#include "codec/frame_encoder.h"
#include "tensor/image.h"

namespace lc::cli {

// How often each integer occurs in each channel, to tell what one table a channel would have cost.
class ChannelCounts {
 public:
  void add(const codec::Latent& latent);
  void add(const ChannelCounts& other);
  bool empty() const { return counts_.empty(); }
  // Of all that was added, under tables made for just that: no such tables cost less. Integers beyond +-255 are free.
  double bits() const;

 private:
  static constexpr int kMost = 255;
  static constexpr std::size_t kValues = 2 * kMost + 1;
  std::vector<std::uint32_t> counts_;  // [channels][kValues]
};

struct Coded {
  std::size_t bytes = 0;  // all of them, headers included
  double encode_ms = 0, decode_ms = 0;  // of the processor; what GStreamer's elements decode is in encode_ms
  int concealed = 0;          // pictures in whose place the last good one was shown
  int longest_concealed = 0;  // in a row
  ChannelCounts integers;     // of a bundle whose frames are all key frames
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

// How a bundle's frames travel.
struct StreamConditions {
  int key_interval = 1;
  int anchor_interval = codec::EncoderOptions{}.anchor_interval;
  int repair_interval = codec::EncoderOptions{}.repair_interval;
  nn::Precision precision = nn::Precision::f32;  // of both ends
  double loss = 0;        // share of the frames that get lost, at random; never the first
  unsigned seed = 1;      // of that
  bool feedback = false;  // a decoder that lacks a reference gets a key frame with the next frame
};

// A bundle, through the frame encoder and decoder that the elements use.
Contestant bundle_contestant(std::string name, std::shared_ptr<const codec::Bundle> bundle, std::vector<int> qualities,
                             const StreamConditions& conditions);

// For pictures in RGB: libjpeg-turbo 4:2:0 with optimised tables, WebP method 4, x264 intra (ultrafast, medium;
// constant quantisers, tuned for PSNR, 4:2:0 through chroma_420.h). `left_out` says what is not installed.
std::vector<Contestant> picture_rivals(std::string& left_out);

// For clips in I420: Motion JPEG, x264 zerolatency (ultrafast, medium) with the same key interval.
std::vector<Contestant> clip_rivals(int key_interval, std::string& left_out);

}  // namespace lc::cli
