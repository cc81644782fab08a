// latentcast eval: rate and distortion of bundles on pictures or clips, beside JPEG, WebP and x264 coded in the same
// run.
#pragma once

#include <string>
#include <vector>

#include "cli/contestant.h"
#include "cli/passphrase_options.h"

namespace lc::cli {

struct EvalOptions {
  std::vector<std::string> bundles;  // names, folders or sealed files
  std::string keyring;               // for those that are sealed
  PassphraseOptions passphrase;
  std::vector<std::string> images;   // folders or files
  std::vector<std::string> clips;    // files; either images or clips
  std::vector<std::string> noises;   // of parse_noise; then nothing but noise is measured
  std::vector<std::string> stills;   // the same: pictures become clips where only this noise moves
  std::vector<std::string> precisions{"f32"};  // of the bundles, both ends
  int frames = 120;
  StreamConditions stream{.key_interval = 60};  // of clips
  std::vector<int> qualities{0, 7, 14, 21, 28, 35, 42, 49, 56, 63};
  std::string plot;  // an SVG file to write
  int jobs = 0;      // threads; 0: one a core
  bool as_json = false, each_picture = false, without_rivals = false;
};

// Returns an exit code. Results to standard output, progress to standard error.
int eval(EvalOptions options);

}  // namespace lc::cli
