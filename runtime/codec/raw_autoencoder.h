// Published autoencoders, whose latents travel as they are (raw_shape.h): pictures to latents, and back.
#pragma once

#include <memory>

#include "codec/bundle.h"
#include "nn/plan.h"
#include "tensor/image.h"

namespace lc::codec {

struct RawOptions {
  int threads = 1;
  nn::Precision precision = nn::Precision::f32;
};

// Thread: one at a time.
class RawEncoder {
 public:
  //   errors  invalid_config (bundle, shapes that do not fit the manifest), unsupported, not_found (no encoder.onnx)
  static Result<RawEncoder> create(std::shared_ptr<const Bundle> bundle, const RawOptions& options = {});

  const RawShape& shape() const { return bundle_->raw(); }
  // Replaces `out` by shape().bytes(). The picture has the bundle's size, and any format.
  //   errors  backend, also where the network's answer is no number
  Result<> encode(const ImageView& picture, Bytes& out);

 private:
  RawEncoder(std::shared_ptr<const Bundle> bundle, nn::Plan network)
      : bundle_(std::move(bundle)), network_(std::move(network)) {}

  std::shared_ptr<const Bundle> bundle_;
  nn::Plan network_;
};

// Thread: one at a time.
class RawDecoder {
 public:
  //   errors  as above
  static Result<RawDecoder> create(std::shared_ptr<const Bundle> bundle, const RawOptions& options = {});

  const RawShape& shape() const { return bundle_->raw(); }
  // Paints `out`, which has the bundle's size, and any format.
  //   errors  truncated, corrupt: no latent of this bundle, or floats that are no numbers; backend
  Result<> decode(ByteSpan latent, const MutableImageView& out);

 private:
  RawDecoder(std::shared_ptr<const Bundle> bundle, nn::Plan network)
      : bundle_(std::move(bundle)), network_(std::move(network)) {}

  std::shared_ptr<const Bundle> bundle_;
  nn::Plan network_;
};

}  // namespace lc::codec
