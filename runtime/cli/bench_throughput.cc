#include "cli/bench_throughput.h"

#include <array>
#include <cmath>
#include <optional>

#include "cli/bench_pictures.h"
#include "cli/clocks.h"
#include "codec/frame_decoder.h"
#include "codec/frame_encoder.h"
#include "codec/latent_decoder.h"

namespace lc::cli {
namespace {

constexpr int kTurn = 24;  // frames that are timed

// Both ends of a stream.
struct Ends {
  int frames;  // in work at once
  codec::FrameEncoder encoder;
  codec::LatentDecoder latents;
  codec::FrameDecoder decoder;
  int round = 0;  // of the pictures
  std::vector<Bytes> coded;

  static Result<Ends> create(const ThroughputSettings& settings, int frames) {
    codec::EncoderOptions options;
    options.quality = settings.quality;
    options.key_interval = 0;
    options.frames = frames;
    options.precision = settings.precision;
    const auto& [width, height] = settings.size;
    auto encoder = LC_TRY(codec::FrameEncoder::create(
        settings.bundle, {.format = PixelFormat::i420, .width = width, .height = height}, options));
    auto latents = LC_TRY(codec::LatentDecoder::create(settings.bundle));
    auto decoder = LC_TRY(codec::FrameDecoder::create(
        settings.bundle, width, height,
        {.frames = frames, .precision = settings.precision, .format = {PixelFormat::i420, {}}}));
    return Ends{frames, std::move(encoder), std::move(latents), std::move(decoder), 0, {}};
  }

  // Frames a second between the first frame that is finished and the one kTurn later: all workers are busy all the time.
  template <class Begin, class Finish>
  Result<double> rate(Begin begin, Finish finish) const {
    int next = 0;
    while (next < frames) LC_TRY(begin(next++));
    LC_TRY(finish());
    const double since = wall_ms();
    for (int i = 0; i < kTurn; ++i) {
      LC_TRY(begin(next++));
      LC_TRY(finish());
    }
    const double took = wall_ms() - since;
    for (int i = 1; i < frames; ++i) LC_TRY(finish());
    return 1000 * kTurn / took;
  }

  Result<double> encode(const std::vector<Image>& pictures) {
    coded.clear();
    return rate(
        [&](int) -> Result<> {
          encoder.begin(pictures[picture_of(round++, pictures.size())].view(), false);
          return {};
        },
        [&]() -> Result<> {
          coded.emplace_back();
          LC_TRY(encoder.finish(coded.back()));
          return {};
        });
  }

  Result<double> decode(const MutableImageView& out) {
    return rate(
        [&](int at) -> Result<> {
          const auto frame = latents.decode(coded[static_cast<std::size_t>(at)]);
          if (!frame) return fail(Errc::corrupt, "a frame was not decoded: {}", frame.error().text);
          return decoder.begin((*frame)->latent, (*frame)->header.quality);
        },
        [&] { return decoder.finish(out); });
  }
};

nlohmann::ordered_json json_of(const ThroughputBench::Rates& rates) {
  const auto rounded = [](double value) { return std::round(value * 1000) / 1000; };
  return {{"fps_one", rounded(rates.one.median())},
          {"fps", rounded(rates.several.median())},
          {"ratio", rounded(rates.ratio.median())}};
}

}  // namespace

struct ThroughputBench::State {
  ThroughputSettings settings;
  Ends one, several;
  Image out;
  Rates encoding, decoding;
  int turn = 0;
};

ThroughputBench::ThroughputBench(std::unique_ptr<State> state) : state_(std::move(state)) {}
ThroughputBench::ThroughputBench(ThroughputBench&&) noexcept = default;
ThroughputBench::~ThroughputBench() = default;
const ThroughputSettings& ThroughputBench::settings() const { return state_->settings; }
const ThroughputBench::Rates& ThroughputBench::encoding() const { return state_->encoding; }
const ThroughputBench::Rates& ThroughputBench::decoding() const { return state_->decoding; }

Result<ThroughputBench> ThroughputBench::create(const ThroughputSettings& settings) {
  auto one = LC_TRY(Ends::create(settings, 1));
  auto several = LC_TRY(Ends::create(settings, settings.frames));
  return ThroughputBench(std::make_unique<State>(
      State{settings, std::move(one), std::move(several),
            Image::make(PixelFormat::i420, settings.size.width, settings.size.height), {}, {}}));
}

Result<> ThroughputBench::run(const std::vector<Image>& pictures, bool counts) {
  State& s = *state_;
  std::array<double, 2> encoded{}, decoded{};
  for (std::size_t k = 0; k < 2; ++k) {  // each of them is first in turn
    const std::size_t which = (k + static_cast<std::size_t>(s.turn)) % 2;
    Ends& ends = which == 0 ? s.one : s.several;
    encoded[which] = LC_TRY(ends.encode(pictures));
    decoded[which] = LC_TRY(ends.decode(s.out.mutable_view()));
  }
  ++s.turn;
  if (!counts) return {};
  const auto add = [](Rates& rates, const std::array<double, 2>& fps) {
    rates.one.add(fps[0]);
    rates.several.add(fps[1]);
    rates.ratio.add(fps[1] / fps[0]);
  };
  add(s.encoding, encoded);
  add(s.decoding, decoded);
  return {};
}

nlohmann::ordered_json throughput_json(const std::vector<ThroughputBench>& benches) {
  auto out = nlohmann::ordered_json::object();
  for (const ThroughputBench& bench : benches) {
    const ThroughputSettings& settings = bench.settings();
    out[settings.bundle->name()][std::string(nn::to_string(settings.precision))][size_name(settings.size)]
       [std::to_string(settings.frames)] = {{"encode", json_of(bench.encoding())}, {"decode", json_of(bench.decoding())}};
  }
  return out;
}

std::string throughput_text(const std::vector<ThroughputBench>& benches) {
  if (benches.empty()) return "";
  std::string out = fmt::format("{:<44}{:>26}{:>26}\n", "frames a second, at once : one : ratio", "encode", "decode");
  for (const ThroughputBench& bench : benches) {
    const ThroughputSettings& settings = bench.settings();
    const auto cell = [](const ThroughputBench::Rates& rates) {
      return fmt::format("{:.1f} : {:.1f} : {:.2f}", rates.several.median(), rates.one.median(), rates.ratio.median());
    };
    out += fmt::format("  {:<42}{:>26}{:>26}\n",
                       fmt::format("{}, {}, {}, {} frames at once", size_name(settings.size), settings.bundle->name(),
                                   nn::to_string(settings.precision), settings.frames),
                       cell(bench.encoding()), cell(bench.decoding()));
  }
  return out + "\n";
}

}  // namespace lc::cli
