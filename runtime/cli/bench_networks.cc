#include "cli/bench_networks.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "cli/clocks.h"

namespace lc::cli {
namespace {

constexpr double kTurnMs = 2;     // about the least that a turn lasts
constexpr double kColdMs = 10;    // a run that takes less is slower where others have just used the caches
constexpr std::size_t kRank = 4;  // of what we keep as NHWC and ONNX as NCHW

// The same numbers from 0 to 1 for everybody, in ONNX's order.
std::vector<float> numbers_for(const nn::Dims& dims, unsigned seed) {
  std::size_t count = 1;
  for (const std::int64_t side : dims) count *= static_cast<std::size_t>(side);
  std::minstd_rand random(seed + 1);
  std::vector<float> out(count);
  for (float& value : out) value = static_cast<float>(random() - random.min()) / static_cast<float>(random.max());
  return out;
}

// Calls `each(ours, onnx)` with the places of every element of a tensor whose shape, ours, is given.
template <class Each>
void for_each_place(const nn::Dims& shape, Each each) {
  std::size_t count = 1;
  for (const std::int64_t side : shape) count *= static_cast<std::size_t>(side);
  if (shape.size() != kRank) {
    for (std::size_t i = 0; i < count; ++i) each(i, i);
    return;
  }
  const auto batch = static_cast<std::size_t>(shape[0]), channels = static_cast<std::size_t>(shape[3]);
  const auto pixels = static_cast<std::size_t>(shape[1] * shape[2]);
  for (std::size_t n = 0, ours = 0; n < batch; ++n)
    for (std::size_t p = 0; p < pixels; ++p)
      for (std::size_t c = 0; c < channels; ++c, ++ours) each(ours, (n * channels + c) * pixels + p);
}

}  // namespace

namespace {

// As a stream has them: in fewer bits, codec networks read and paint bytes; in f32 all work on floats, as ONNX Runtime does.
bool paints_bytes(nn::Precision precision) { return precision != nn::Precision::f32; }
constexpr std::optional<nn::PictureFormat> kRgb = nn::PictureFormat{PixelFormat::rgb, {}};

}  // namespace

struct NetworkBench::State {
  std::vector<std::optional<nn::Plan>> plans;  // of ours_
  Image source, painted;

  // The same numbers as bytes.
  Image& picture(const nn::Dims& dims, const std::vector<float>& numbers) {
    if (!source.empty()) return source;
    source = Image::make(PixelFormat::rgb, static_cast<int>(dims[3]), static_cast<int>(dims[2]));
    const std::size_t pixels = numbers.size() / 3;
    for (std::size_t p = 0; p < pixels; ++p)
      for (std::size_t c = 0; c < 3; ++c)
        source.mutable_view().row(0, 0)[p * 3 + c] = static_cast<std::uint8_t>(numbers[c * pixels + p] * 255);
    return source;
  }
  Image& target(const nn::Dims& latents) {
    constexpr int kStride = 16;
    if (painted.empty())
      painted = Image::make(PixelFormat::rgb, static_cast<int>(latents[3]) * kStride, static_cast<int>(latents[2]) * kStride);
    return painted;
  }
  std::unique_ptr<OrtSession> ort, ort_int8;
};

NetworkBench::NetworkBench(const NetworkSettings& settings, std::vector<nn::Dims> dims)
    : settings_(settings),
      name_(settings.source->name()),
      dims_(std::move(dims)),
      peaks_{RegisterPeak(nn::Precision::f32), RegisterPeak(nn::Precision::bf16), RegisterPeak(nn::Precision::int8)},
      state_(std::make_unique<State>()) {}
NetworkBench::NetworkBench(NetworkBench&&) noexcept = default;
NetworkBench::~NetworkBench() = default;

Result<> NetworkBench::make_plans() {
  for (const nn::Precision precision : settings_.precisions) {
    auto& times = ours_.emplace_back();
    auto& plan = state_->plans.emplace_back();
    times.precision = precision;
    auto made = nn::Plan::create(settings_.source->graph(),
                                 {.input_dims = dims_,
                                  .threads = settings_.threads,
                                  .precision = precision,
                                  .picture = paints_bytes(precision) && settings_.source->is_encoder() ? kRgb : std::nullopt,
                                  .target = paints_bytes(precision) && settings_.source->is_decoder() ? kRgb : std::nullopt});
    if (!made && made.error().code != Errc::unsupported) return within(name_, std::move(made).error());
    if (!made) {
      const std::string& text = made.error().text;
      const std::string prefix = settings_.source->origin() + ": ";
      times.unavailable = text.starts_with(prefix) ? text.substr(prefix.size()) : text;
      continue;
    }
    plan = *std::move(made);
    times.operations = {2 * static_cast<double>(plan->macs_in(nn::Precision::f32)),
                        2 * static_cast<double>(plan->macs_in(nn::Precision::bf16)),
                        2 * static_cast<double>(plan->macs_in(nn::Precision::int8))};
    operations_ = 2 * static_cast<double>(plan->macs());
    if (plan->output(0).empty()) plan->set_target(state_->target(dims_[0]).mutable_view());
    for (std::size_t i = 0; i < plan->inputs(); ++i) {
      const auto numbers = numbers_for(dims_[i], static_cast<unsigned>(i));
      if (plan->input(i).empty()) {
        plan->set_picture(state_->picture(dims_[i], numbers).view());
        continue;
      }
      for_each_place(plan->input_shape(i),
                     [&, input = plan->input(i)](std::size_t at, std::size_t onnx) { input[at] = numbers[onnx]; });
    }
  }
  return {};
}

void NetworkBench::make_sessions() {
  const auto make = [&](ByteSpan onnx, NetworkTimes& times, std::unique_ptr<OrtSession>& out) {
    const auto made = [&]() -> Result<std::unique_ptr<OrtSession>> {
      auto session = LC_TRY(OrtSession::create(settings_.runtime, onnx, dims_, settings_.threads));
      for (std::size_t i = 0; i < dims_.size(); ++i)
        LC_TRY(session->set_input(i, numbers_for(dims_[i], static_cast<unsigned>(i))));
      return session;
    };
    if (auto session = made())
      out = *std::move(session);
    else
      times.unavailable = std::move(session).error().text;
  };
  ort_.unavailable = ort_int8_.unavailable = "left out";
  if (!settings_.runtime) return;
  ort_.unavailable.clear();
  make(settings_.source->onnx(), ort_, state_->ort);
  if (!settings_.int8) return;
  ort_int8_.unavailable.clear();
  make(*settings_.int8, ort_int8_, state_->ort_int8);
}

Result<NetworkBench> NetworkBench::create(const NetworkSettings& settings) {
  NetworkBench out(settings, LC_TRY(settings.source->dims_at(settings.size)));
  LC_TRY(out.make_plans());
  out.make_sessions();
  return out;
}

Result<> NetworkBench::run(int round, bool counts) {
  const auto now = settings_.threads == 1 ? thread_ms : wall_ms;
  // Short runs are repeated, after one that is not timed; as often for everybody.
  const bool is_short = counts && shortest_ < kColdMs;
  const int repeats = is_short ? static_cast<int>(std::clamp(std::ceil(kTurnMs / shortest_), 1.0, 100.0)) : 1;
  const auto time = [&](NetworkTimes& times, auto& contestant) -> Result<> {
    if (is_short) LC_TRY(contestant.run());
    const double begin = now();
    for (int i = 0; i < repeats; ++i) LC_TRY(contestant.run());
    const double took = (now() - begin) / repeats;
    if (counts)
      times.ms.add(took);
    else if (shortest_ == 0 || took < shortest_)
      shortest_ = took;
    return {};
  };
  const auto time_session = [&](NetworkTimes& times, std::unique_ptr<OrtSession>& session) {
    if (!session) return;
    if (auto ran = time(times, *session); !ran) {
      times.unavailable = std::move(ran).error().text;
      session.reset();
    }
  };
  // Ours, the two of ONNX Runtime, the peaks.
  const std::size_t turns = ours_.size() + 2 + peaks_.size();
  for (std::size_t k = 0; k < turns; ++k) {
    const std::size_t turn = (k + static_cast<std::size_t>(round)) % turns;
    if (turn < ours_.size()) {
      if (state_->plans[turn]) LC_TRY(time(ours_[turn], *state_->plans[turn]));
    } else if (turn == ours_.size()) {
      time_session(ort_, state_->ort);
    } else if (turn == ours_.size() + 1) {
      time_session(ort_int8_, state_->ort_int8);
    } else if (counts) {
      peaks_[turn - ours_.size() - 2].measure();
    }
  }
  return {};
}

// Medians of a few runs of their own: measuring costs a little.
Result<std::string> timed_layers(nn::Plan& plan) {
  std::vector<Spread> ms(plan.layers().size());
  for (int i = 0; i < 9; ++i) {
    const auto times = LC_TRY(plan.run_timed());
    for (std::size_t layer = 0; layer < times.size(); ++layer) ms[layer].add(times[layer]);
  }
  std::string out = plan.describe();
  out = out.substr(0, out.find('\n') + 1);
  for (std::size_t layer = 0; layer < ms.size(); ++layer)
    out += fmt::format("{:8.3f} ms {}\n", ms[layer].median(), plan.layers()[layer]);
  return out;
}

Result<> NetworkBench::finish() {
  for (std::size_t i = 0; i < ours_.size(); ++i)
    if (state_->plans[i]) ours_[i].layers = LC_TRY(timed_layers(*state_->plans[i]));
  for (std::size_t i = 0; state_->ort && i < ours_.size(); ++i) {
    if (!state_->plans[i]) continue;
    const nn::Plan& plan = *state_->plans[i];
    double apart = 0, greatest = 0;
    for (std::size_t k = 0; k < plan.outputs(); ++k) {
      const auto theirs = LC_TRY(state_->ort->output(k));
      const auto ours = plan.output(k);
      if (theirs.size() != ours.size()) continue;
      for_each_place(plan.output_shape(k), [&](std::size_t at, std::size_t onnx) {
        apart = std::max(apart, std::abs(static_cast<double>(ours[at]) - theirs[onnx]));
        greatest = std::max(greatest, std::abs(static_cast<double>(theirs[onnx])));
      });
    }
    if (greatest > 0) ours_[i].difference = apart / greatest;
  }
  state_.reset();
  return {};
}

const RegisterPeak& NetworkBench::peak(nn::Precision precision) const {
  const auto found =
      std::find_if(peaks_.begin(), peaks_.end(), [&](const auto& peak) { return peak.precision() == precision; });
  LC_EXPECT(found != peaks_.end(), "a peak for each precision");
  return *found;
}

double NetworkBench::share_of_peak(const NetworkTimes& times, nn::Precision precision) const {
  const double reachable = peak(precision).giga_a_second() * 1e6 * settings_.threads;  // operations a ms
  return times.ms.median() > 0 && reachable > 0 ? operations_ / times.ms.median() / reachable : 0;
}

double NetworkBench::share_of_peak(const OurTimes& times) const {
  double reachable = 0;  // ms
  for (const nn::Precision precision : {nn::Precision::f32, nn::Precision::bf16, nn::Precision::int8}) {
    const double operations = times.operations[static_cast<std::size_t>(precision)];
    const double rate = peak(precision).giga_a_second() * 1e6 * settings_.threads;
    if (operations > 0 && rate <= 0) return 0;
    if (operations > 0) reachable += operations / rate;
  }
  return times.ms.median() > 0 ? reachable / times.ms.median() : 0;
}

double NetworkBench::ratio(const NetworkTimes& other, const NetworkTimes& ours) {
  return ours.ms.median() > 0 ? other.ms.median() / ours.ms.median() : 0;
}

}  // namespace lc::cli
