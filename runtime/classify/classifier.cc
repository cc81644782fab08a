#include "classify/classifier.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/suggest.h"
#include "classify/label_file.h"

namespace lc::classify {
namespace {

constexpr char kNetwork[] = "classifier.onnx";
constexpr double kDefaultThreshold = 0.5;

enum class Output { logits, probabilities };

struct Manifest {
  InputSpec input;
  Output output = Output::logits;
  double threshold = kDefaultThreshold;
  std::string labels_file = "labels.txt";
};

Result<Manifest> read_manifest(const config::Node& root) {
  Manifest manifest;
  manifest.input = LC_TRY(InputSpec::read(LC_TRY(root.get("input"))));
  if (const auto node = root.find("output")) {
    const std::string word = LC_TRY(node->text());
    if (word != "logits" && word != "probabilities")
      return node->fault(fmt::format("expected 'logits' or 'probabilities', found {}", node->shown()));
    manifest.output = word == "logits" ? Output::logits : Output::probabilities;
  }
  if (const auto node = root.find("threshold")) manifest.threshold = LC_TRY(node->number(0, 1));
  if (const auto node = root.find("labels")) manifest.labels_file = LC_TRY(node->text());
  return manifest;
}

std::string shown(const nn::Dims& dims) {
  std::vector<std::string> words;
  for (const auto dim : dims) words.push_back(dim < 0 ? "?" : std::to_string(dim));
  return fmt::format("[{}]", list_of(words));
}

// [1, c, h, w], with unknown dimensions of the file filled in.
Result<nn::Dims> input_dims(const nn::Graph& graph, const InputSpec& spec) {
  const nn::Dims wanted{1, spec.channel_count(), spec.height, spec.width};
  if (graph.inputs().size() != 1)
    return fail(Errc::invalid_config, "{} has {} inputs; a classifier has one", kNetwork,
                graph.inputs().size());
  const nn::Dims& dims = graph.inputs()[0].dims;
  bool fits = dims.empty() || dims.size() == wanted.size();
  for (std::size_t i = 0; fits && i < dims.size(); ++i) fits = dims[i] < 0 || dims[i] == wanted[i];
  if (!fits)
    return fail(Errc::invalid_config, "the manifest's input is {} in ONNX's order, but {} takes {}",
                shown(wanted), kNetwork, shown(dims));
  return wanted;
}

// In place; the largest becomes at most 1 and the sum is 1.
void softmax(std::vector<float>& values) {
  const float largest = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (float& value : values) sum += value = std::exp(value - largest);
  for (float& value : values) value = static_cast<float>(value / sum);
}

}  // namespace

struct Classifier::State {
  std::shared_ptr<const codec::Bundle> bundle;
  Manifest manifest;
  std::vector<std::string> labels;
  nn::Plan plan;
  PictureInput input;
  std::vector<float> probabilities;
  std::vector<int> order;
};

Classifier::Classifier(std::unique_ptr<State> state) : state_(std::move(state)) {}
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;
Classifier::~Classifier() = default;

Result<Classifier> Classifier::create(std::shared_ptr<const codec::Bundle> bundle,
                                      const ClassifierOptions& options) {
  LC_TRY(bundle->need(codec::BundleKind::classifier));
  auto manifest = LC_TRY(read_manifest(bundle->manifest()));
  auto labels = LC_TRY(parse_labels(LC_TRY(bundle->file(manifest.labels_file)),
                                    (bundle->path() / manifest.labels_file).string()));
  const auto graph = LC_TRY(bundle->graph(kNetwork));
  const auto dims = input_dims(graph, manifest.input);
  if (!dims) return within(bundle->name(), dims.error());
  auto plan = nn::Plan::create(
      graph,
      nn::PlanOptions{.input_dims = {*dims}, .threads = options.threads, .precision = options.precision});
  if (!plan) return within(bundle->name(), plan.error());
  const std::size_t outputs = plan->outputs() == 1 ? plan->output(0).size() : 0;
  if (outputs != labels.size())
    return fail(Errc::invalid_config, "{}: {} has {} outputs of {} numbers, but {} names {} labels",
                bundle->name(), kNetwork, plan->outputs(), outputs, manifest.labels_file, labels.size());
  auto state = std::make_unique<State>(State{.bundle = std::move(bundle),
                                             .manifest = manifest,
                                             .labels = std::move(labels),
                                             .plan = std::move(*plan),
                                             .input = PictureInput(manifest.input),
                                             .probabilities = std::vector<float>(outputs),
                                             .order = std::vector<int>(outputs)});
  return Classifier(std::move(state));
}

const std::string& Classifier::name() const { return state_->bundle->name(); }
double Classifier::threshold() const { return state_->manifest.threshold; }
const std::vector<std::string>& Classifier::labels() const { return state_->labels; }
const std::vector<float>& Classifier::probabilities() const { return state_->probabilities; }
const nn::Plan& Classifier::plan() const { return state_->plan; }

Result<> Classifier::classify(const ImageView& picture, int top_k, double threshold, Labels& out) {
  State& s = *state_;
  s.input.fill(picture, s.plan.input(0));
  LC_TRY(s.plan.run());
  const auto raw = s.plan.output(0);
  if (!std::all_of(raw.begin(), raw.end(), [](float value) { return std::isfinite(value); }))
    return fail(Errc::backend, "{}: the network's answer is no number", name());
  std::copy(raw.begin(), raw.end(), s.probabilities.begin());
  if (s.manifest.output == Output::logits) softmax(s.probabilities);

  const auto count = std::min(static_cast<std::size_t>(std::max(top_k, 1)), s.order.size());
  std::iota(s.order.begin(), s.order.end(), 0);
  const auto probability = [&](int index) { return s.probabilities[static_cast<std::size_t>(index)]; };
  std::partial_sort(s.order.begin(), s.order.begin() + static_cast<std::ptrdiff_t>(count), s.order.end(),
                    [&](int a, int b) {
                      return probability(a) != probability(b) ? probability(a) > probability(b) : a < b;
                    });
  out.model = name();
  out.age = 0;
  out.best.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const int index = s.order[i];
    out.best[i].index = index;
    out.best[i].name = s.labels[static_cast<std::size_t>(index)];
    out.best[i].confidence = probability(index);
  }
  out.is_confident = static_cast<double>(out.best.front().confidence) >= threshold;
  return {};
}

}  // namespace lc::classify
