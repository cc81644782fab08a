// Which classifier cnnclassify runs, and the change to another one while the stream runs: the new one is made on a
// thread of its own, and the old one goes on until it is there.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>

#include "classify/classifier.h"
#include "codec/precision.h"

namespace lc::elements {

struct ClassifierChoice {
  std::string model, keyring;
  codec::PrecisionChoice precision = codec::PrecisionChoice::automatic;
  classify::ClassifierOptions options{};  // but for the precision
  // On latents of these, for pictures of this size; null: on pictures.
  std::shared_ptr<const codec::Bundle> autoencoder{};
  int width = 0, height = 0;
};

// Takes a while: reads files and plans the network.
//   errors  what open_model() and Classifier::create() say
Result<classify::Classifier> make_classifier(ClassifierChoice choice);

// Thread: the streaming thread.
class ClassifierChange {
 public:
  bool is_underway() const { return coming_.valid(); }
  // Only while none is underway.
  void begin(ClassifierChoice choice);
  // The one that was begun, once it is made.
  std::optional<Result<classify::Classifier>> take();
  // Waits for what is underway, and forgets it.
  void abandon() { coming_ = {}; }

 private:
  std::future<Result<classify::Classifier>> coming_;  // of std::async: waits in its destructor
};

}  // namespace lc::elements
