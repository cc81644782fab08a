#include "cli/still_codec.h"

#include <chrono>
#include <optional>
#include <utility>

#include "codec/frame_decoder.h"
#include "codec/frame_encoder.h"
#include "codec/latent_decoder.h"
#include "quality/jpeg.h"
#include "quality/webp.h"
#include "tensor/convert.h"

namespace lc::cli {
namespace {

class Stopwatch {
 public:
  // Milliseconds since the last lap.
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double, std::milli>(now - std::exchange(begin_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// A codec of files: two functions.
template <auto Encode, auto Decode>
class FileCodec : public StillCodec {
 public:
  Result<Coded> code(const Image& rgb, int quality) override {
    Coded out;
    Stopwatch watch;
    const Bytes file = LC_TRY(Encode(rgb.view(), quality));
    out.encode_ms = watch.lap();
    out.bytes = file.size();
    out.decoded = to_rgb(LC_TRY(Decode(file)).view());
    out.decode_ms = watch.lap();
    return out;
  }
};

class BundleCodec : public StillCodec {
 public:
  explicit BundleCodec(std::shared_ptr<const codec::Bundle> bundle) : bundle_(std::move(bundle)) {}

  Result<Coded> code(const Image& rgb, int quality) override {
    LC_TRY(prepare(rgb.width(), rgb.height()));
    LC_TRY(encoder_->set_quality(quality));
    Coded out;
    bytes_.clear();
    Stopwatch watch;
    LC_TRY(encoder_->encode(rgb.view(), true, bytes_));
    out.encode_ms = watch.lap();
    out.bytes = bytes_.size();
    out.decoded = Image::make(PixelFormat::rgb, rgb.width(), rgb.height());
    watch.lap();
    const auto frame = latent_decoder_->decode(bytes_);
    if (!frame) return fail(Errc::corrupt, "our decoder refuses our encoder's frame: {}", frame.error().text);
    LC_TRY(decoder_->decode((*frame)->latent, (*frame)->header.quality, out.decoded.mutable_view()));
    out.decode_ms = watch.lap();
    return out;
  }

 private:
  // The plans are those of the last size.
  Result<> prepare(int width, int height) {
    if (!latent_decoder_) latent_decoder_ = LC_TRY(codec::LatentDecoder::create(bundle_));
    if (decoder_ && decoder_->width() == width && decoder_->height() == height) return {};
    codec::EncoderOptions options;
    options.key_interval = 1;
    encoder_ = LC_TRY(codec::FrameEncoder::create(bundle_, {PixelFormat::rgb, width, height, {}}, options));
    decoder_ = LC_TRY(codec::FrameDecoder::create(bundle_, width, height));
    return {};
  }

  std::shared_ptr<const codec::Bundle> bundle_;
  std::optional<codec::FrameEncoder> encoder_;
  std::optional<codec::LatentDecoder> latent_decoder_;
  std::optional<codec::FrameDecoder> decoder_;
  Bytes bytes_;
};

}  // namespace

Contestant jpeg_contestant() {
  return {"jpeg",
          {5, 10, 15, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 95},
          [] { return std::make_unique<FileCodec<quality::encode_jpeg, quality::decode_jpeg>>(); },
          nullptr};
}

Contestant webp_contestant() {
  return {"webp",
          {1, 5, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 95},
          [] { return std::make_unique<FileCodec<quality::encode_webp, quality::decode_webp>>(); },
          nullptr};
}

Contestant bundle_contestant(std::shared_ptr<const codec::Bundle> bundle, std::vector<int> qualities) {
  return {bundle->name(), std::move(qualities), [bundle] { return std::make_unique<BundleCodec>(bundle); },
          bundle};
}

}  // namespace lc::cli
