#include "nn/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/merge.h"

namespace lc::nn {
namespace {

// What is u8 in an int8 plan.
Result<std::vector<int>> values_of_blocks(const Graph& graph, const std::vector<Dims>& input_dims) {
  const Folded folded = LC_TRY(fold(graph.model(), input_dims));
  std::vector<int> out;
  for (const Layer& layer : merge(folded, LC_TRY(fuse(folded))))
    if (layer.node.op == kResidualBlock) out.insert(out.end(), {layer.parts[0].output, layer.parts[1].output});
  return out;
}

Steps steps_for(const std::vector<float>& low, const std::vector<float>& high, float exponent, float cut) {
  float widest = 1e-6f;
  for (std::size_t c = 0; c < low.size(); ++c) widest = std::max(widest, high[c] - low[c]);
  Steps steps;
  for (std::size_t c = 0; c < low.size(); ++c) {
    const float range = std::max(high[c] - low[c], 1e-6f * widest);
    steps.step.push_back(std::pow(range / widest, exponent) * widest * cut / 255);
    // What the numbers do not need of 0..255 lies on both sides; what they have too little is cut off in proportion.
    const float enough = std::min(1.0f, 255 * steps.step.back() / range);
    const float middle = (high[c] + low[c]) / 2 * enough;
    steps.zero.push_back(std::clamp(std::nearbyint(127.5f - middle / steps.step.back()), 0.0f, 255.0f));
  }
  return steps;
}

}  // namespace

Result<Calibration> Calibration::create(const Graph& graph, const std::vector<Dims>& input_dims) {
  const std::vector<int> values = LC_TRY(values_of_blocks(graph, input_dims));
  if (values.empty()) return fail(Errc::unsupported, "{}: no residual block, nothing to compute in 8 bits", graph.model().origin);
  auto plan = LC_TRY(Plan::create(graph.with_outputs(values), {.input_dims = input_dims}));
  std::vector<Watched> watched;
  for (int value : values) watched.push_back({graph.model().values[static_cast<std::size_t>(value)].name, {}, {}});
  return Calibration(graph, input_dims, std::move(plan), std::move(watched));
}

Result<> Calibration::observe() {
  LC_TRY(plan_.run());
  samples_.push_back({{input().begin(), input().end()}, {output().begin(), output().end()}});
  const std::size_t own = plan_.outputs() - watched_.size();
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    const auto values = plan_.output(own + i);
    const auto channels = static_cast<std::size_t>(plan_.output_shape(own + i).back());
    Watched& w = watched_[i];
    w.low.resize(channels);  // 0 is always one of the values
    w.high.resize(channels);
    for (std::size_t n = 0; n < values.size(); ++n) {
      w.low[n % channels] = std::min(w.low[n % channels], values[n]);
      w.high[n % channels] = std::max(w.high[n % channels], values[n]);
    }
  }
  return {};
}

Result<double> Calibration::error_of(const std::map<std::string, Steps>& steps) const {
  auto plan = LC_TRY(Plan::create(graph_.with_steps(steps), {.input_dims = dims_, .precision = Precision::int8}));
  double sum = 0;
  for (const Sample& sample : samples_) {
    std::copy(sample.input.begin(), sample.input.end(), plan.input(0).begin());
    LC_TRY(plan.run());
    const auto output = plan.output(0);
    for (std::size_t i = 0; i < output.size(); ++i) {
      const double d = double{output[i]} - sample.output[i];
      sum += d * d;
    }
  }
  return sum;
}

Result<std::map<std::string, Steps>> Calibration::steps(const std::function<void(std::size_t, std::size_t)>& progress) const {
  std::map<std::string, Steps> best;
  for (const Watched& w : watched_) best[w.name] = steps_for(w.low, w.high, 0.5f, 1);
  double least = LC_TRY(error_of(best));
  if (!std::isfinite(least)) return fail(Errc::unsupported, "{}: no finite result in 8 bits", graph_.model().origin);
  constexpr int kPasses = 2;
  std::size_t done = 0;
  for (int pass = 0; pass < kPasses; ++pass)
    for (const Watched& w : watched_) {
      for (const float exponent : {0.35f, 0.5f, 0.65f, 0.8f})
        for (const float cut : {1.0f, 0.85f, 0.7f}) {
          auto tried = best;
          tried[w.name] = steps_for(w.low, w.high, exponent, cut);
          const double error = LC_TRY(error_of(tried));
          if (error >= least) continue;
          least = error;
          best = std::move(tried);
        }
      progress(++done, kPasses * watched_.size());
    }
  return best;
}

}  // namespace lc::nn
