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

const char* name(nn::Precision precision) {
  switch (precision) {
    case nn::Precision::f32:
      return "f32";
    case nn::Precision::bf16:
      return "bf16";
    case nn::Precision::int8:
      return "int8";
  }
  return "";
}

struct NetworkBench::State {
  std::vector<std::optional<nn::Plan>> plans;  // of ours_
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
                                 {.input_dims = dims_, .threads = settings_.threads, .precision = precision});
    if (!made && made.error().code != Errc::unsupported) return within(name_, std::move(made).error());
    if (!made) {
      const std::string& text = made.error().text;
      const std::string prefix = settings_.source->origin() + ": ";
      times.unavailable = text.starts_with(prefix) ? text.substr(prefix.size()) : text;
      continue;
    }
    plan = *std::move(made);
    times.layers = plan->describe();
    operations_ = 2 * static_cast<double>(plan->macs());
    for (std::size_t i = 0; i < plan->inputs(); ++i) {
      const auto numbers = numbers_for(dims_[i], static_cast<unsigned>(i));
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

Result<> NetworkBench::finish() {
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

double NetworkBench::ratio(const NetworkTimes& other, const NetworkTimes& ours) {
  return ours.ms.median() > 0 ? other.ms.median() / ours.ms.median() : 0;
}

}  // namespace lc::cli
