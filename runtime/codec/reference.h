// What frames refer to: the integers of the last key or anchor frame, as they were coded, or at another quality.
// Encoder and decoder both keep one.
#pragma once

#include <cstdint>

#include "codec/entropy_model.h"
#include "codec/latent.h"
#include "codec/quantiser.h"

namespace lc::codec {

class Reference {
 public:
  bool empty() const { return latent_.empty(); }
  std::uint32_t frame_id() const { return frame_id_; }
  std::uint32_t fingerprint() const { return fingerprint_; }

  void keep(const Latent& latent, int quality, std::uint32_t frame_id) {
    latent_ = latent;
    quality_ = quality;
    frame_id_ = frame_id;
    fingerprint_ = codec::fingerprint(latent);
    requantised_quality_ = kNone;
  }
  void forget() { latent_ = {}; }

  // As frames of this quality see it. Valid until the next call of this or of keep().
  const Latent& at(int quality, const EntropyModel& model) {
    if (quality == quality_) return latent_;
    if (quality != requantised_quality_) requantise(latent_, model, quality_, quality, requantised_);
    requantised_quality_ = quality;
    return requantised_;
  }

 private:
  static constexpr int kNone = -1;
  Latent latent_, requantised_;
  int quality_ = kNone, requantised_quality_ = kNone;
  std::uint32_t frame_id_ = 0, fingerprint_ = 0;
};

}  // namespace lc::codec
