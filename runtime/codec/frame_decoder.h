// Integers to pictures: dequantiser and network.
#pragma once

#include <memory>

#include "codec/bundle.h"
#include "codec/latent.h"
#include "codec/stage_clock.h"
#include "nn/plan.h"
#include "tensor/image.h"

namespace lc::codec {

struct DecoderOptions {
  int threads = 1;
  nn::Precision precision = nn::Precision::f32;
  nn::PictureFormat format;  // of most pictures: others are converted from it, which costs and allocates
  StageClock* clock = nullptr;  // told which stage begins; outlives the decoder
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

  // Paints the last decoded picture once more: what is shown in the place of a lost frame. Costs no network.
  Result<> repaint(const MutableImageView& out);

  // The next picture is computed whole, also where it equals the last one.
  void forget();

  const nn::Plan& plan() const;

 private:
  struct State;
  explicit FrameDecoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lc::codec
