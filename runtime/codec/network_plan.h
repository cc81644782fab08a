// One side's network of a bundle, made ready for pictures of one size.
#pragma once

#include "codec/bundle.h"
#include "nn/plan.h"

namespace lc::codec {

// A plan whose cells, if it is to be updated, are the latent positions.
//   file           encoder.onnx or decoder.onnx, from 16 x 16 pixels to a position or back
//   width, height  of pictures; the network computes whole positions
//   errors         what nn::Plan and Bundle say, with the file; unsupported: shapes that are not those of a codec
//   updates        whether update() is of use; keeping every layer takes memory
Result<nn::Plan> network_plan(const Bundle& bundle, const char* file, int width, int height, nn::PlanOptions options,
                              bool updates = true);

}  // namespace lc::codec
