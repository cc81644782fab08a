// P5's region of interest: what a classifier says of opened latents, without pixels, where its evidence for that is,
// and whether it is there: the deletion test.
#pragma once

#include <span>
#include <vector>

#include "classify/classifier.h"
#include "cli/paper_quality.h"
#include "codec/frame_encoder.h"
#include "codec/latent_decoder.h"

namespace lc::cli {

// For pictures of this one's size and format, each a key frame.
//   errors  those of codec::FrameEncoder
Result<codec::FrameEncoder> still_encoder(const Image& like, const std::shared_ptr<const codec::Bundle>& autoencoder,
                                          int quality);

// Each picture as such a frame of this quality, decoded to integers as aedecode and cnnclassify have them.
//   pictures  of one size and format
Result<std::vector<codec::LatentFrame>> latents_of(std::span<const Image> pictures,
                                                   const std::shared_ptr<const codec::Bundle>& autoencoder,
                                                   int quality);

//   errors  as of diagnose() on pictures
Result<Diagnosis> diagnose(classify::Classifier& classifier, std::span<const codec::LatentFrame> latents,
                           std::span<const int> truth);

// How far the probability of the answer falls, on the mean, where a tenth of the positions become the mean latent.
struct Deletion {
  double by_evidence = 0;  // those with the most evidence for the answer
  double at_random = 0;    // any others, the mean of kDeletionDraws draws
};
inline constexpr int kDeletionDraws = 5;
//   latents  of one size and quality, at least one
//   errors   unsupported: the classifier tells no evidence; backend
Result<Deletion> deletion_test(classify::Classifier& classifier, std::span<const codec::LatentFrame> latents,
                               std::uint64_t seed);

}  // namespace lc::cli
