// Pictures to coded frames: network, quantiser, reference, bitstream.
//
// encode() makes one of a picture. With several frames in work at once, begin() starts the network on a thread of its
// own and finish() codes the oldest picture begun. The frames are the same, byte for byte, where nothing is left out of the
// network; else what is at rest may have the noise of another frame.
//
//   for each picture:  encoder.begin(picture, force_key);
//                      while (encoder.is_full() || encoder.is_ready()) send(encoder.finish(bytes));
//   at the end:        while (encoder.begun() > 0) send(encoder.finish(bytes));
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "codec/bitstream.h"
#include "codec/bundle.h"
#include "codec/latent.h"
#include "codec/rate_control.h"
#include "codec/stage_clock.h"
#include "nn/plan.h"
#include "tensor/image.h"

namespace lc::codec {

struct FrameGeometry {
  PixelFormat format = PixelFormat::rgb;
  int width = 0, height = 0;
  ColourSpec colour;
};

struct EncoderOptions {
  int quality = 40;         // 0..63; with a bit rate, where it begins
  RateLimits limits;        // none: all frames have this quality
  int key_interval = 250;   // frames from key to key; 1: all are; 0: only the first and on request
  int anchor_interval = 2;  // of the frames between, every how many-th is an anchor: few save bits, many survive losses
  // Of the anchors, every how many-th refers to the key frame itself, unless hardly anything is like that any more: what
  // was lost on the way there is then needed no more. 0: none.
  int repair_interval = 4;
  // How strongly latents keep the integers of the reference, in steps (quantise_sticky). 0: not at all; what `optimise`
  // chose for the reference is then undone in the next frame, again and again.
  float stickiness = 0.15f;
  bool optimise = true;        // code what is worth its bits (rate_distortion.h); else each latent as it was rounded
  // Leave out of the network what does not change; every key_interval-th picture, and where a key frame is forced, it is
  // computed whole.
  bool skip_unchanged = true;
  int slice_rows = 0;  // latent rows of a slice; 0: the whole frame is one
  int threads = 1;     // of each network
  int frames = 1;      // in work at once, 1..64; above 1 each network has as many threads of its own
  nn::Precision precision = nn::Precision::f32;
  StageClock* clock = nullptr;  // told which stage begins, with one frame at a time; outlives the encoder
};

struct EncodedFrame {
  FrameKind kind = FrameKind::key;
  std::uint32_t frame_id = 0;
  std::uint32_t reference_id = 0;  // not for key frames
  int quality = 0;
  std::size_t bytes = 0;  // 0: skipped, for a limit; the stream goes on as if the picture had not been
  bool is_skipped() const { return bytes == 0; }
  bool is_key() const { return kind == FrameKind::key; }
};

class FrameEncoder {
 public:
  // Makes the network's plan for this size: takes a while.
  //   errors  invalid_config (sizes, options), unsupported, not_found (a bundle without encoder.onnx)
  static Result<FrameEncoder> create(std::shared_ptr<const Bundle> bundle, const FrameGeometry& geometry,
                                     const EncoderOptions& options);
  FrameEncoder(FrameEncoder&&) noexcept;
  FrameEncoder& operator=(FrameEncoder&&) noexcept;
  ~FrameEncoder();

  // Appends one coded frame to `out`. The picture's format, size and colours are those of the geometry.
  // Allocates nothing once buffers (and `out`) have grown.
  //   force_key  this frame is a key frame, or, where a limit leaves it out, the next one that is sent
  //   time_ns    ascending; what limits are reckoned by
  //   thread     one at a time
  //   errors     backend
  Result<EncodedFrame> encode(const ImageView& picture, bool force_key, Bytes& out, std::uint64_t time_ns = 0);

  // The same in two steps; see above.
  //   picture  must stay until finish() has returned for it
  void begin(const ImageView& picture, bool force_key);
  // Pictures begun and not finished; full: begin() has to wait for a finish().
  std::size_t begun() const;
  bool is_full() const;
  // Whether finish() will not wait for a network.
  bool is_ready() const;
  //   errors  backend; the pictures begun are abandoned then
  Result<EncodedFrame> finish(Bytes& out, std::uint64_t time_ns = 0);
  // Waits for the pictures begun and forgets them.
  void abandon();

  // From the next frame that is finished on.  errors  invalid_config
  Result<> set_quality(int quality);
  void set_limits(const RateLimits& limits);
  // See RateControl.
  bool is_out_of_reach() const;

  // The integers of the last encoded frame, and what the network said.
  const Latent& last_latent() const;
  const nn::Plan& plan() const;

 private:
  struct State;
  explicit FrameEncoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lc::codec
