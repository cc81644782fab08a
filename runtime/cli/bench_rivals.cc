#include "cli/bench_rivals.h"

#include "cli/bench_stages.h"
#include "cli/clocks.h"

namespace lc::cli {
namespace {

constexpr double kSlowMs = 60;  // a frame; such a rival would eat the time of all others

}  // namespace

const std::vector<RivalInfo>& rivals() {
  static const std::vector<RivalInfo> all{
      {"libjpeg-turbo q75", "jpegenc quality=75"},
      {"libjpeg-turbo q90", "jpegenc quality=90"},
      {"x264 ultrafast intra crf28",
       "x264enc speed-preset=ultrafast tune=zerolatency key-int-max=1 threads=1 pass=qual vbv-buf-capacity=0 "
       "quantizer=28"},
      {"x264 ultrafast intra crf22",
       "x264enc speed-preset=ultrafast tune=zerolatency key-int-max=1 threads=1 pass=qual vbv-buf-capacity=0 "
       "quantizer=22"},
      {"x264 ultrafast crf28",
       "x264enc speed-preset=ultrafast tune=zerolatency key-int-max=250 threads=1 pass=qual vbv-buf-capacity=0 "
       "quantizer=28"},
      {"webp m0 q75", "webpenc quality=75 speed=0"},
      {"webp m4 q75", "webpenc quality=75 speed=4"},
  };
  return all;
}

RivalBench RivalBench::create(const RivalInfo& info, int width, int height) {
  RivalBench out{.info = info, .encoder = nullptr, .skipped = "", .ms = {}, .bytes = {}};
  auto encoder = engine::ElementEncoder::create(info.launch, width, height);
  if (encoder)
    out.encoder = *std::move(encoder);
  else
    out.skipped = encoder.error().text;
  return out;
}

Result<> RivalBench::run(int picture, bool counts) {
  const double begin = process_ms();
  const auto size = LC_TRY(encoder->encode(picture));
  const double took = process_ms() - begin;
  is_slow = took > kSlowMs;
  if (!counts) return {};
  ms.add(took);
  bytes.add(static_cast<double>(size));
  return {};
}

}  // namespace lc::cli
