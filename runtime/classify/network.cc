#include "classify/network.h"

#include <algorithm>
#include <cmath>

#include "base/suggest.h"

namespace lc::classify {
namespace {

std::string shown(const nn::Dims& dims) {
  std::vector<std::string> words;
  for (const auto dim : dims) words.push_back(dim < 0 ? "?" : std::to_string(dim));
  return fmt::format("[{}]", list_of(words));
}

Result<> check_input(const nn::Graph& graph, const nn::Dims& wanted) {
  if (graph.inputs().size() != 1)
    return fail(Errc::invalid_config, "{} has {} inputs; a classifier has one", kNetworkFile, graph.inputs().size());
  const nn::Dims& dims = graph.inputs()[0].dims;
  bool fits = dims.empty() || dims.size() == wanted.size();
  for (std::size_t i = 0; fits && i < dims.size(); ++i) fits = dims[i] < 0 || dims[i] == wanted[i];
  if (!fits)
    return fail(Errc::invalid_config, "the input is {} in ONNX's order, but {} takes {}", shown(wanted), kNetworkFile,
                shown(dims));
  return {};
}

// In place; the largest becomes at most 1 and the sum is 1.
void softmax(std::span<float> values) {
  const float largest = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (float& value : values) sum += value = std::exp(value - largest);
  for (float& value : values) value = static_cast<float>(value / sum);
}

// 0..1 but for what 8-bit networks are off. Their sum is the network's: several labels may be right at once.
bool are_probabilities(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return value >= -0.01f && value <= 1.01f; });
}

// Entry `label` of the softmax.
float softmax_at(std::span<const float> values, std::size_t label) {
  double sum = 0;
  for (const float value : values) sum += std::exp(value - values[label]);
  return static_cast<float>(1 / sum);
}

}  // namespace

Result<Network> Network::create(const codec::Bundle& bundle, const Manifest& manifest, int height, int width,
                                int channels, int threads, nn::Precision precision) {
  const auto graph = LC_TRY(bundle.graph(kNetworkFile));
  const nn::Dims dims{1, channels, height, width};
  const auto make = [&]() -> Result<Network> {
    LC_TRY(check_input(graph, dims));
    auto plan = LC_TRY(nn::Plan::create(graph, {.input_dims = {dims}, .threads = threads, .precision = precision}));
    Network network(std::move(plan), manifest.output, manifest.name);
    LC_TRY(network.find_outputs(graph, manifest));
    std::ranges::fill(network.input(), 0.0f);
    LC_TRY(network.run());  // what never answers is refused here, not in the middle of a stream
    return network;
  };
  auto network = make();
  if (!network) return within(manifest.name, network.error());
  return network;
}

Result<> Network::find_outputs(const nn::Graph& graph, const Manifest& manifest) {
  const auto outputs = graph.outputs();
  const std::size_t labels = manifest.labels.size();
  std::vector<std::string> others;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!manifest.evidence.empty() && outputs[i].name == manifest.evidence)
      evidence_output_ = static_cast<int>(i);
    else
      others.push_back(outputs[i].name), answer_output_ = i;
  }
  if (!manifest.evidence.empty() && evidence_output_ < 0)
    return fail(Errc::invalid_config, "{} has no output '{}' for evidence{} (it has: {})", kNetworkFile,
                manifest.evidence, did_you_mean(manifest.evidence, others), list_of(others));
  if (others.size() != 1)
    return fail(Errc::invalid_config,
                "{} has {} outputs: {}; a classifier has one, and another where the manifest's "
                "'evidence' names it",
                kNetworkFile, others.size(), list_of(others));
  if (plan_.output(answer_output_).size() != labels)
    return fail(Errc::invalid_config, "{} answers with {} numbers, but there are {} labels", kNetworkFile,
                plan_.output(answer_output_).size(), labels);
  if (evidence_output_ >= 0) {
    const nn::Dims& shape = plan_.output_shape(static_cast<std::size_t>(evidence_output_));
    if (shape.size() != 4 || shape[0] != 1 || shape[3] != static_cast<std::int64_t>(labels))
      return fail(Errc::invalid_config, "the output '{}' of {} must be [1, {}, rows, columns]", manifest.evidence,
                  kNetworkFile, labels);
  }
  probabilities_.resize(labels);
  return {};
}

Result<> Network::run() {
  LC_TRY(plan_.run());
  const auto raw = plan_.output(answer_output_);
  if (!std::all_of(raw.begin(), raw.end(), [](float value) { return std::isfinite(value); }))
    return fail(Errc::backend, "{}: the network's answer is no number", name_);
  std::copy(raw.begin(), raw.end(), probabilities_.begin());
  if (output_ == Output::logits)
    softmax(probabilities_);
  else if (!are_probabilities(probabilities_))
    return fail(Errc::backend, "{}: the network's answers are no probabilities of 0 to 1; if they are logits, the "
                "manifest has to say 'output: logits'", name_);
  return {};
}

void Network::evidence(int label, Evidence& out) const {
  const auto at = static_cast<std::size_t>(evidence_output_), labels = probabilities_.size();
  const nn::Dims& shape = plan_.output_shape(at);
  const auto raw = plan_.output(at);
  out.rows = static_cast<int>(shape[1]);
  out.columns = static_cast<int>(shape[2]);
  out.values.resize(raw.size() / labels);
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    const auto cell = raw.subspan(i * labels, labels);
    const auto k = static_cast<std::size_t>(label);
    const float share = output_ == Output::logits ? softmax_at(cell, k) : cell[k];
    out.values[i] = static_cast<std::uint8_t>(255 * (share > 0 ? std::min(share, 1.0f) : 0) + 0.5f);
  }
}

}  // namespace lc::classify
