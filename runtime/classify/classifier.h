// Names what a picture shows, or what latents stand for, with any ONNX classifier that has a manifest (manifest.h).
#pragma once

#include <memory>

#include "base/result.h"
#include "classify/labels.h"
#include "classify/manifest.h"
#include "codec/latent.h"
#include "nn/plan.h"
#include "tensor/image.h"

namespace lc::classify {

struct ClassifierOptions {
  int threads = 1;
  nn::Precision precision = nn::Precision::f32;
  Region region = Region::full;
  int tiles = 2;  // along a side, with Region::tiles
};

struct LookOptions {
  int top_k = 5;          // labels, best first; >= 1
  double threshold = -1;  // 0..1; below 0: the bundle's
  float smoothing = 0;    // weight of what was seen before, 0..1 exclusive
};

class Classifier {
 public:
  // On pictures.
  //   errors  invalid_config (manifest, labels, shapes that do not fit, a bundle for latents), not_found (a file),
  //           whatever nn says
  static Result<Classifier> create(std::shared_ptr<const codec::Bundle> bundle, const ClassifierOptions& options = {});
  // On latents of an autoencoder. The network is planned for as many as pictures of this size, or the region of them,
  // have.
  //   errors  also: not_found (latents of another autoencoder than it was made for), a network for another size
  static Result<Classifier> create(std::shared_ptr<const codec::Bundle> bundle,
                                   std::shared_ptr<const codec::Bundle> autoencoder, int width, int height,
                                   const ClassifierOptions& options = {});
  Classifier(Classifier&&) noexcept;
  Classifier& operator=(Classifier&&) noexcept;
  ~Classifier();

  const Manifest& manifest() const;
  const std::string& name() const { return manifest().name; }

  //   picture  any size and format; both may change from call to call
  //   out      overwritten, but for looked_at
  //   thread   one at a time
  //   errors   backend, also when the network answers with something that is no number
  Result<> classify(const ImageView& picture, const LookOptions& look, Labels& out);
  //   latent   of the size given to create(), of a frame of this quality
  Result<> classify(const codec::Latent& latent, int quality, const LookOptions& look, Labels& out);

  // What comes next has nothing to do with what came before: smoothing begins anew.
  void reset();

  // Probabilities of the last look, by label; with smoothing the mean, with tiles those of the best one.
  const std::vector<float>& probabilities() const;
  const nn::Plan& plan() const;

 private:
  struct State;
  explicit Classifier(std::unique_ptr<State> state);
  template <class Fill>
  Result<> look(const Fill& fill, const LookOptions& options, Labels& out);
  void rank(const LookOptions& options, Labels& out);
  std::unique_ptr<State> state_;
};

}  // namespace lc::classify
