#include "codec/precision.h"

namespace lc::codec {

nn::Precision choose_precision(const Bundle& bundle, PrecisionChoice choice) {
  switch (choice) {
    case PrecisionChoice::f32:
      return nn::Precision::f32;
    case PrecisionChoice::bf16:
      return nn::Precision::bf16;
    case PrecisionChoice::int8:
      return nn::Precision::int8;
    case PrecisionChoice::automatic:
      break;
  }
  const Bundle::Loss bound = bundle.bound();
  for (const nn::Precision precision : nn::fast_precisions()) {
    const auto loss = bundle.loss(precision);
    if (loss && loss->low_db <= bound.low_db && loss->high_db <= bound.high_db) return precision;
  }
  return nn::Precision::f32;
}

}  // namespace lc::codec
