// What frames refer to: the integers of the last key frame and of the last anchor frame after it. Encoder and decoder
// both keep them.
#pragma once

#include <cstdint>

#include "codec/entropy_model.h"
#include "codec/latent.h"
#include "codec/quantiser.h"

namespace lc::codec {

// One frame's integers, as they were coded, or at another quality.
class Reference {
 public:
  bool empty() const { return quality_ == kNone; }
  std::uint32_t frame_id() const { return frame_id_; }
  std::uint32_t fingerprint() const { return fingerprint_; }

  void keep(const Latent& latent, int quality, std::uint32_t frame_id) {
    latent_ = latent;
    quality_ = quality;
    frame_id_ = frame_id;
    fingerprint_ = codec::fingerprint(latent);
    requantised_quality_ = kNone;
  }
  // Keeps the memory.
  void forget() { quality_ = kNone; }

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

class References {
 public:
  bool empty() const { return key_.empty(); }
  Reference& key() { return key_; }
  // The last key or anchor frame.
  Reference& last() { return anchor_.empty() ? key_ : anchor_; }

  // The one that a frame names; null where it is not here.
  Reference* find(std::uint32_t frame_id, std::uint32_t fingerprint) {
    for (Reference* reference : {&anchor_, &key_})
      if (!reference->empty() && reference->frame_id() == frame_id && reference->fingerprint() == fingerprint)
        return reference;
    return nullptr;
  }

  void keep(const Latent& latent, int quality, std::uint32_t frame_id, bool is_key) {
    if (!is_key) return anchor_.keep(latent, quality, frame_id);
    key_.keep(latent, quality, frame_id);
    anchor_.forget();
  }
  void forget() {
    key_.forget();
    anchor_.forget();
  }

 private:
  Reference key_, anchor_;
};

}  // namespace lc::codec
