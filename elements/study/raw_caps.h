// Caps of raw latents (study_caps.h), from and to what they say.
#pragma once

#include <functional>
#include <optional>

#include "codec/bundle.h"
#include "elements/glue/raii.h"
#include "study/cipher.h"

namespace lc::elements {

// Of the latents of this bundle, at the frame rate of `like`.
Ptr<GstCaps> raw_latent_caps(const codec::Bundle& bundle, const GstStructure* like);
// Of its pictures, in any of our formats, at the frame rate of `like`.
Ptr<GstCaps> raw_picture_caps(const codec::RawShape& shape, const GstStructure* like);

// What GstBaseTransform's transform_caps answers: `other` of each structure of `caps`, forward from the sink pad.
GstCaps* transformed_caps(GstPadDirection direction, const GstCaps* caps, GstCaps* filter,
                          const std::function<Ptr<GstCaps>(const GstStructure*, bool is_forward)>& other);

study::Shape latent_shape(const codec::RawShape& shape);

// None where the caps are of something else, or say less than kRawLatentCaps.
std::optional<study::Shape> raw_latent_shape(const GstCaps* caps);

}  // namespace lc::elements
