#include "elements/classifier_choice.h"

#include <chrono>
#include <system_error>

#include "elements/open_model.h"

namespace lc::elements {

using classify::Classifier;

Result<Classifier> make_classifier(ClassifierChoice choice) {
  const Model model = LC_TRY(open_model(choice.model, choice.keyring));
  choice.options.precision = codec::choose_precision(*model.bundle, choice.precision);
  auto made = LC_TRY(choice.autoencoder ? Classifier::create(model.bundle, choice.autoencoder, choice.width,
                                                             choice.height, choice.options)
                                        : Classifier::create(model.bundle, choice.options));
  LC_TRY(model.remember());
  return made;
}

void ClassifierChange::begin(ClassifierChoice choice) {
  try {
    coming_ = std::async(std::launch::async, make_classifier, std::move(choice));
  } catch (const std::system_error& error) {
    std::promise<Result<Classifier>> refused;
    refused.set_value(fail(Errc::unavailable, "no thread could be started for it: {}", error.what()));
    coming_ = refused.get_future();
  }
}

std::optional<Result<Classifier>> ClassifierChange::take() {
  if (!coming_.valid() || coming_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return std::nullopt;
  return coming_.get();
}

}  // namespace lc::elements
