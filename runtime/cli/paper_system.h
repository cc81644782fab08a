// The five published systems, as they run here: which model, which cipher, on which pictures, and what the papers say.
#pragma once

#include <string>
#include <vector>

#include "cli/data_set.h"

namespace lc::cli {

// A number of a paper, beside which ours is printed.
struct PaperFigure {
  std::string measure;  // a name of PaperResult::measures
  std::string says;     // as the paper has it
  std::string because;  // why ours differs
};

struct PaperSystem {
  std::string name;             // "P2-mnist-unmasking"
  std::string paper;            // "P2"
  std::string reading;          // which of the paper's readings this is
  std::string data;             // mnist, cifar10, xray, fundus: see load_test_set(); photos: load_photos()
  int pictures = 0;             // of the test set, at most
  std::string model;            // bundle, coding raw
  std::string cipher, variant;  // of studyencrypt; "sealed": what latentcast does, with a bundle of aeencode
  int quality = 40;             // of such a bundle
  std::string pixel_cipher = "";  // of studymask before the encoder; empty: none
  bool unmasks_pixels = false;    // and its inverse behind the decoder
  std::string classifier;       // bundle; empty: none
  std::string latent_classifier = "";  // with "sealed": of the latents themselves, for the region of interest
  std::vector<int> positive;    // classes of the data set that count as positive of two; empty: classes as they are
  std::string message;          // that rsa-lsb hides
  int lossy_quality = 0;        // pictures are coded as JPEG of this quality before; 0: not. P5's network restores them
  std::vector<PaperFigure> figures;
};
const std::vector<PaperSystem>& paper_systems();

// Those of these names, or of these papers ("P2"); empty: all.
//   errors  invalid_config: no such name, with what there is
Result<std::vector<PaperSystem>> paper_systems(const std::vector<std::string>& names);

}  // namespace lc::cli
