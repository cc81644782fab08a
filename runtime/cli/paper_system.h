// The five published systems, as they run here: which model, which cipher, on which pictures, and what the papers say.
#pragma once

#include <string>
#include <vector>

#include "cli/data_set.h"

namespace lc::cli {

// A number of a paper, beside which ours is printed.
struct PaperFigure {
  std::string measure;  // a name of PaperResult::measures; or of something that is measured elsewhere
  std::string says;     // as the paper has it
  std::string because;  // why ours differs
};

// P3's table 6: before and after the autoencoder.
struct PaperNoise {
  std::string noise;      // what NoiseRow::noise begins with
  std::string ssim, mse;  // as the paper has them
};

struct PaperSystem {
  std::string name;                    // "P2-mnist-unmasking"
  std::string paper;                   // "P2"
  std::string reading;                 // which of the paper's readings this is
  std::string data;                    // mnist, cifar10, xray, fundus: see load_test_set(); photos: load_photos()
  int pictures = 0;                    // of the test set, at most
  std::string model;                   // bundle, coding raw
  std::string cipher, variant;         // of studyencrypt; "sealed": what latentcast does, with a bundle of aeencode
  int quality = 40;                    // of such a bundle
  std::string pixel_cipher = "";       // of studymask before the encoder; empty: none
  bool unmasks_pixels = false;         // and its inverse behind the decoder
  std::string classifier;              // bundle; empty: none
  std::string latent_classifier = "";  // with "sealed": of the latents themselves, for the region of interest
  std::vector<int> positive;  // classes of the data set that count as positive of two; empty: classes as they are
  std::string message;        // that rsa-lsb hides
  int lossy_quality = 0;      // pictures are coded as JPEG of this quality before; 0: not. P5's network restores them
  int enlarged = 0;           // to so many pixels each way, with Pillow's bicubic filter, before anything; 0: not
  std::vector<PaperFigure> figures;
  std::vector<PaperNoise> noise{};
};
const std::vector<PaperSystem>& paper_systems();

// Those of these names, or of these papers ("P2"); empty: all.
//   errors  invalid_config: no such name, with what there is
Result<std::vector<PaperSystem>> paper_systems(const std::vector<std::string>& names);

}  // namespace lc::cli
