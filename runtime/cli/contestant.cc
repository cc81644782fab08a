#include "cli/contestant.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <random>
#include <utility>

#include "base/crc32c.h"
#include "cli/chroma_420.h"
#include "cli/clocks.h"
#include "cli/frame_file.h"
#include "codec/frame_decoder.h"
#include "codec/frame_encoder.h"
#include "codec/latent_decoder.h"
#include "engine/element_encoder.h"
#include "quality/jpeg.h"
#include "quality/webp.h"
#include "tensor/convert.h"

namespace lc::cli {

void ChannelCounts::add(const codec::Latent& latent) {
  const auto channels = static_cast<std::size_t>(latent.channels());
  counts_.resize(channels * kValues);
  for (std::size_t i = 0; i < latent.values().size(); ++i) {
    const int value = latent.values()[i];
    if (std::abs(value) <= kMost) ++counts_[i % channels * kValues + static_cast<std::size_t>(value + kMost)];
  }
}

void ChannelCounts::add(const ChannelCounts& other) {
  counts_.resize(std::max(counts_.size(), other.counts_.size()));
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
}

double ChannelCounts::bits() const {
  double bits = 0;
  for (auto row = counts_.begin(); row != counts_.end(); row += kValues) {
    const double total = std::accumulate(row, row + kValues, 0.0);
    for (auto count = row; count != row + kValues; ++count)
      if (*count > 0) bits -= *count * std::log2(*count / total);
  }
  return bits;
}

namespace {

// Codecs work on the calling thread.
class Stopwatch {
 public:
  // Processor time since the last lap, in ms.
  double lap() {
    const double now = thread_ms();
    return now - std::exchange(begin_, now);
  }

 private:
  double begin_ = thread_ms();
};

// A codec of files: two functions.
template <auto Encode, auto Decode>
class FileCodec : public ContestCodec {
 public:
  Result<Coded> code(std::span<const Image> pictures, int quality, const OnDecoded& decoded) override {
    Coded out;
    for (const Image& picture : pictures) {
      Stopwatch watch;
      const Bytes file = LC_TRY(Encode(picture.view(), quality));
      out.encode_ms += watch.lap();
      out.bytes += file.size();
      const Image again = LC_TRY(Decode(file));
      out.decode_ms += watch.lap();
      decoded(again.view());
    }
    return out;
  }
};

// The frames of a clip that get lost: others in each clip, the same in each run.
class Losses {
 public:
  Losses(const StreamConditions& conditions, const Image& first)
      : random_(crc32c(std::as_bytes(std::span(first.samples())), conditions.seed)), is_lost_(conditions.loss) {}

  bool next() { return is_lost_(random_); }

 private:
  std::mt19937 random_;
  std::bernoulli_distribution is_lost_;
};

class BundleCodec : public ContestCodec {
 public:
  BundleCodec(std::shared_ptr<const codec::Bundle> bundle, const StreamConditions& conditions)
      : bundle_(std::move(bundle)), conditions_(conditions) {}

  Result<Coded> code(std::span<const Image> pictures, int quality, const OnDecoded& decoded) override {
    LC_TRY(prepare(pictures.front()));
    LC_TRY(encoder_->set_quality(quality));
    Losses losses(conditions_, pictures.front());
    Coded out;
    int in_a_row = 0;
    bool wants_key = true;
    for (const Image& picture : pictures) {
      const bool is_first = &picture == pictures.data();
      bytes_.clear();
      Stopwatch watch;
      LC_TRY(encoder_->encode(picture.view(), wants_key, bytes_));
      out.encode_ms += watch.lap();
      out.bytes += bytes_.size();
      if (conditions_.key_interval == 1) out.integers.add(encoder_->last_latent());
      wants_key = false;
      const bool arrived = !losses.next() || is_first;
      const bool shown = arrived && LC_TRY(decode());
      out.decode_ms += watch.lap();
      in_a_row = shown ? 0 : in_a_row + 1;
      out.concealed += !shown;
      out.longest_concealed = std::max(out.longest_concealed, in_a_row);
      wants_key = conditions_.feedback && arrived && !shown;
      decoded(decoded_.view());
    }
    return out;
  }

 private:
  // False: its reference was lost, and the last picture stays.
  Result<bool> decode() {
    const auto frame = latent_decoder_->decode(bytes_);
    if (!frame && frame.error().fault == codec::DecodeFault::missing_reference && conditions_.loss > 0) return false;
    if (!frame) return fail(Errc::corrupt, "our decoder refuses our encoder's frame: {}", frame.error().text);
    LC_TRY(decoder_->decode((*frame)->latent, (*frame)->header.quality, decoded_.mutable_view()));
    return true;
  }

  // The plans are those of the last size.
  Result<> prepare(const Image& like) {
    if (!latent_decoder_) latent_decoder_ = LC_TRY(codec::LatentDecoder::create(bundle_));
    if (decoder_ && decoded_.format() == like.format() && decoded_.colour() == like.colour() &&
        decoder_->width() == like.width() && decoder_->height() == like.height())
      return {};
    codec::EncoderOptions options;
    options.key_interval = conditions_.key_interval;
    options.anchor_interval = conditions_.anchor_interval;
    options.repair_interval = conditions_.repair_interval;
    options.precision = conditions_.precision;
    encoder_ = LC_TRY(
        codec::FrameEncoder::create(bundle_, {like.format(), like.width(), like.height(), like.colour()}, options));
    decoder_ = LC_TRY(codec::FrameDecoder::create(bundle_, like.width(), like.height(), {.precision = conditions_.precision, .format = {like.format(), like.colour()}}));
    decoded_ = Image::make(like.format(), like.width(), like.height(), like.colour());
    return {};
  }

  std::shared_ptr<const codec::Bundle> bundle_;
  StreamConditions conditions_;
  std::optional<codec::FrameEncoder> encoder_;
  std::optional<codec::LatentDecoder> latent_decoder_;
  std::optional<codec::FrameDecoder> decoder_;
  Image decoded_;
  Bytes bytes_;
};

// GStreamer's elements: "ENCODER ! identity name=coded ! DECODER", with {} for the quality. I420 inside; RGB goes
// through chroma_420.h.
class ElementCodec : public ContestCodec {
 public:
  explicit ElementCodec(std::string launch) : launch_(std::move(launch)) {}

  Result<Coded> code(std::span<const Image> pictures, int quality, const OnDecoded& decoded) override {
    const int width = pictures.front().width(), height = pictures.front().height();
    const bool is_rgb = pictures.front().format() == PixelFormat::rgb;
    const ColourSpec colour = is_rgb ? ColourSpec{} : pictures.front().colour();
    if (!is_rgb && (width % 2 != 0 || height % 2 != 0))
      return fail(Errc::unsupported, "JPEG and H.264 take clips with even sides, not {} x {}; --no-rivals leaves them out",
                  width, height);
    std::vector<Image> shown;  // not compared yet
    const auto show = [&](const engine::TappedFrame& frame) {
      auto view = view_of(frame);
      if (!view) return;
      view->colour = colour;  // decoders guess it
      shown.push_back(copy(*view));
    };
    std::size_t count = 0;
    const auto tell = [&] {
      for (const Image& picture : shown) decoded(is_rgb ? from_420(picture.view(), width, height).view() : picture.view());
      count += shown.size();
      shown.clear();
    };
    const auto encoder = LC_TRY(engine::ElementEncoder::create(fmt::format(fmt::runtime(launch_), quality),
                                                               width + width % 2, height + height % 2, show));
    Coded out;
    Stopwatch watch;
    for (const Image& picture : pictures) {
      const Image i420 = is_rgb ? to_420(picture.view()) : picture;
      const ImageView view = i420.view();
      const int number = LC_TRY(encoder->add({.format = "I420",
                                              .width = view.width,
                                              .height = view.height,
                                              .planes = view.planes,
                                              .strides = view.strides}));
      watch.lap();
      out.bytes += LC_TRY(encoder->encode(number));
      out.encode_ms += watch.lap();  // decoding is in it
      tell();
    }
    out.bytes += encoder->finish();
    tell();
    if (count != pictures.size())
      return fail(Errc::backend, "'{}' gave {} pictures of {}", launch_, count, pictures.size());
    return out;
  }

 private:
  std::string launch_;
};

std::string x264(const std::string& preset, int key_interval) {
  return "x264enc speed-preset=" + preset +
         " psy-tune=psnr pass=quant quantizer={} bframes=0 threads=1 rc-lookahead=0 sync-lookahead=0 "
         "sliced-threads=false aud=false key-int-max=" +
         std::to_string(key_interval) +
         " ! video/x-h264,stream-format=byte-stream ! identity name=coded ! avdec_h264 max-threads=1";
}

Contestant element_contestant(std::string name, std::vector<int> qualities, const std::string& launch) {
  return {std::move(name), std::move(qualities), [launch] { return std::make_unique<ElementCodec>(launch); }, nullptr};
}

// Leaves out those whose elements are not installed.
void add_installed(std::vector<Contestant>& out, Contestant contestant, std::string& left_out) {
  const std::array<Image, 1> gray{Image::make(PixelFormat::i420, 64, 64)};
  if (const auto tried = contestant.make()->code(gray, contestant.qualities.front(), [](const ImageView&) {}); tried)
    out.push_back(std::move(contestant));
  else
    left_out += contestant.name + " is left out: " + tried.error().text + "\n";
}

const std::vector<int> kX264Qualities{45, 41, 38, 36, 34, 32, 30, 28, 26, 24, 22, 20, 17, 14};

}  // namespace

Contestant bundle_contestant(std::string name, std::shared_ptr<const codec::Bundle> bundle, std::vector<int> qualities,
                             const StreamConditions& conditions) {
  return {std::move(name), std::move(qualities),
          [bundle, conditions] { return std::make_unique<BundleCodec>(bundle, conditions); }, bundle};
}

std::vector<Contestant> picture_rivals(std::string& left_out) {
  std::vector<Contestant> out{{"jpeg",
                               {5, 10, 15, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 95},
                               [] { return std::make_unique<FileCodec<quality::encode_jpeg, quality::decode_jpeg>>(); },
                               nullptr}};
  if (quality::has_webp())
    out.push_back({"webp",
                   {1, 5, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 95},
                   [] { return std::make_unique<FileCodec<quality::encode_webp, quality::decode_webp>>(); },
                   nullptr});
  for (const char* preset : {"ultrafast", "medium"})
    add_installed(out, element_contestant(std::string("x264_") + preset, kX264Qualities, x264(preset, 1)), left_out);
  return out;
}

std::vector<Contestant> clip_rivals(int key_interval, std::string& left_out) {
  std::vector<Contestant> out;
  add_installed(out,
                element_contestant("mjpeg", {5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95},
                                   "jpegenc quality={} ! identity name=coded ! jpegdec"),
                left_out);
  for (const char* preset : {"ultrafast", "medium"})
    add_installed(out, element_contestant(std::string("x264_") + preset, kX264Qualities, x264(preset, key_interval)),
                  left_out);
  return out;
}

}  // namespace lc::cli
