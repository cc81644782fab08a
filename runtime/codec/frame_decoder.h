// Integers to pictures: dequantiser and network.
//
// decode() makes one at a time. With several frames in work at once, begin() starts the network on a thread of its own
// and finish() paints the oldest frame begun; the pictures are the same, sample for sample. FrameEncoder shows the loop.
#pragma once

#include <memory>

#include "codec/bundle.h"
#include "codec/latent.h"
#include "codec/stage_clock.h"
#include "nn/plan.h"
#include "tensor/image.h"

namespace lc::codec {

struct DecoderOptions {
  int threads = 1;  // of each network
  int frames = 1;   // in work at once, 1..64; above 1 each network has as many threads of its own
  nn::Precision precision = nn::Precision::f32;
  nn::PictureFormat format;  // of most pictures: others are converted from it, which costs and allocates
  StageClock* clock = nullptr;  // told which stage begins, with one frame at a time; outlives the decoder
};

class FrameDecoder {
 public:
  // Makes the network's plan for pictures of this size: takes a while.
  //   errors  invalid_config, unsupported, not_found (a bundle without decoder.onnx)
  static Result<FrameDecoder> create(std::shared_ptr<const Bundle> bundle, int width, int height,
                                     const DecoderOptions& options = {});
  FrameDecoder(FrameDecoder&&) noexcept;
  FrameDecoder& operator=(FrameDecoder&&) noexcept;
  ~FrameDecoder();

  int width() const;
  int height() const;

  // Paints `out`, in whatever format and colours it has; its size is that given to create().
  //   errors  corrupt (latent of another shape, quality out of range), backend
  Result<> decode(const Latent& latent, int quality, const MutableImageView& out);

  // The same in two steps.
  //   errors  of begin(): corrupt, and nothing has begun; of finish(): backend, and the frames begun are abandoned
  Result<> begin(const Latent& latent, int quality);
  // Frames begun and not finished; full: begin() has to wait for a finish().
  std::size_t begun() const;
  bool is_full() const;
  // Whether finish() will not wait for a network.
  bool is_ready() const;
  Result<> finish(const MutableImageView& out);

  // Paints the last finished picture once more: what is shown in the place of a lost frame. Costs no network.
  Result<> repaint(const MutableImageView& out);

  // Waits for the frames begun and forgets them. The next picture is computed whole, also where it equals the last one.
  void forget();

  const nn::Plan& plan() const;

 private:
  struct State;
  explicit FrameDecoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lc::codec
