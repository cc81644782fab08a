// Names what a picture shows, with any ONNX image classifier that has a manifest.
//
//   bundle: my-model                 # models/<name>/manifest.yaml
//   kind: classifier
//   input: {width: 32, height: 32, channels: rgb, resize: stretch, mean: [...], std: [...]}   #
//   picture_input.h output: logits                   # or probabilities labels: labels.txt               #
//   label_file.h threshold: 0.6                   # below: no confident label
//
// classifier.onnx has one input [1, 3 or 1, height, width] and an output of as many numbers as there are
// labels.
#pragma once

#include <memory>

#include "base/result.h"
#include "classify/labels.h"
#include "classify/picture_input.h"
#include "codec/bundle.h"
#include "nn/plan.h"
#include "tensor/image.h"

namespace lc::classify {

struct ClassifierOptions {
  int threads = 1;
  nn::Precision precision = nn::Precision::f32;
};

class Classifier {
 public:
  //   errors  invalid_config (manifest, labels, shapes that do not fit), not_found (a file), whatever nn says
  static Result<Classifier> create(std::shared_ptr<const codec::Bundle> bundle,
                                   const ClassifierOptions& options = {});
  Classifier(Classifier&&) noexcept;
  Classifier& operator=(Classifier&&) noexcept;
  ~Classifier();

  const std::string& name() const;
  double threshold() const;  // the bundle's
  const std::vector<std::string>& labels() const;

  // Any size and format; both may change from call to call.
  //   top_k      how many labels, best first; >= 1
  //   threshold  0..1
  //   out        overwritten
  //   thread     one at a time
  //   errors     backend, also when the network answers with something that is no number
  Result<> classify(const ImageView& picture, int top_k, double threshold, Labels& out);

  // Probabilities of the last picture, by output.
  const std::vector<float>& probabilities() const;
  const nn::Plan& plan() const;

 private:
  struct State;
  explicit Classifier(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lc::classify
