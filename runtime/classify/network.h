// The network of a classifier, made ready for inputs of one size: a tensor in, probabilities and evidence out.
#pragma once

#include <span>
#include <vector>

#include "classify/labels.h"
#include "classify/manifest.h"
#include "nn/plan.h"

namespace lc::classify {

class Network {
 public:
  //   height, width, channels  of the input
  //   errors  invalid_config (inputs or outputs that do not fit), not_found (a file), backend (what it answers to a
  //           blank input is no answer), whatever nn says
  static Result<Network> create(const codec::Bundle& bundle, const Manifest& manifest, int height, int width,
                                int channels, int threads, nn::Precision precision);

  std::span<float> input() { return plan_.input(0); }  // [height][width][channels]
  // Allocates nothing.  errors  backend, also when the answer is no number, or no probabilities where the manifest says
  // so
  Result<> run();

  // Of the last run, by label; 0..1 but for a hundredth.
  std::span<const float> probabilities() const { return probabilities_; }
  bool tells_evidence() const { return evidence_output_ >= 0; }
  // Of the last run, for this label: what its probability would be if the whole input were as this cell is. `area` is
  // left as it is.
  void evidence(int label, Evidence& out) const;

  const nn::Plan& plan() const { return plan_; }

 private:
  Network(nn::Plan plan, Output output, std::string name)
      : plan_(std::move(plan)), output_(output), name_(std::move(name)) {}
  Result<> find_outputs(const nn::Graph& graph, const Manifest& manifest);

  nn::Plan plan_;
  Output output_;
  std::string name_;
  std::size_t answer_output_ = 0;
  int evidence_output_ = -1;
  std::vector<float> probabilities_;
};

}  // namespace lc::classify
