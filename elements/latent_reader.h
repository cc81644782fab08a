// The integers of a stream of latents, for whoever paints or classifies them: finds the autoencoder, follows the
// references, counts what cannot be decoded, and asks upstream for a key frame, a few times a second at most.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <optional>
#include <string>

#include "codec/latent_decoder.h"
#include "elements/glue/stats.h"
#include "elements/open_model.h"

namespace lc::elements {

// Belongs to the element, whose stats may be asked for at any time.
struct LatentLosses {
  Counter corrupt, missing_reference, other_model, key_requests;
  void clear() {
    for (Counter* counter : {&corrupt, &missing_reference, &other_model, &key_requests}) counter->set(0);
  }
};

// Thread: streaming thread only.
class LatentReader {
 public:
  //   sink  the pad that latents come from
  LatentReader(GstElement* element, GstPad* sink, LatentLosses& losses)
      : element_(element), sink_(sink), losses_(losses) {}

  // Before caps. A model that is named is loaded, of whatever version: the caps may name it exactly.
  //   model, keyring  as in model_for_stream(), as are the errors
  Result<> open(const std::string& model, const std::string& keyring);
  // The autoencoder of a stream with these caps, and a decoder that waits for a key frame.
  //   errors  of model_for_stream(); invalid_config (caps without a size)
  Result<> prepare(const GstCaps* caps);
  // The version of the autoencoder, where the caps do not name it exactly: once its network was made.
  Result<> remember() const { return autoencoder_.remember(); }

  // Known from the caps.
  const std::shared_ptr<const codec::Bundle>& autoencoder() const { return autoencoder_.bundle; }
  int width() const { return width_; }  // of the pictures
  int height() const { return height_; }

  // The frame, which is valid until the next call; or why there is none, after lose().
  tl::expected<const codec::LatentFrame*, codec::DecodeError> read(GstBuffer* buffer);
  // Whether no later frame needs this one: it may be left out.
  static bool is_ordinary(GstBuffer* buffer);
  // Counts it by reason; asks for a key frame where that helps; warns once where the stream is of another model.
  void lose(const codec::DecodeError& error);
  // A flush: the next frame must be a key frame.
  void reset();

 private:
  tl::expected<const codec::LatentFrame*, codec::DecodeError> decode(GstBuffer* buffer);
  void request_key();

  GstElement* element_;
  GstPad* sink_;
  LatentLosses& losses_;
  std::string model_, keyring_;
  Model autoencoder_;
  std::optional<codec::LatentDecoder> latents_;
  int width_ = 0, height_ = 0;
  bool warned_of_model_ = false;
  GstClockTime key_requested_ = GST_CLOCK_TIME_NONE;
};

}  // namespace lc::elements
