// latentcast study: the published ciphers on pictures, side by side with what latentcast ships: cost, statistics,
// attacks; with --all also the published systems, networks and all, on their data sets.
#pragma once

#include <string>
#include <vector>

#include "cli/study_measure.h"

namespace lc::cli {

struct StudyOptions {
  std::vector<std::string> images;   // folders or files
  std::vector<std::string> systems;  // "logistic-chaos", "aes-features:ecb", "sealed"; empty: all
  int pictures = 8;                  // of the first one's size, at most
  std::uint64_t seed = 1;            // of the secrets
  int side = 512;                    // larger pictures are cut to so many pixels each way
  std::string page;                  // a folder for the report as a page with pictures; empty: none
  bool in_colour = false, as_json = false;
  bool all = false;                     // the published systems too; `systems` then names those
  std::string data = "../shared/data";  // of the data sets; with `all`, pictures default to its photographs
  std::vector<std::string> of_ciphers;  // options that were given and are of the ciphers' study alone
  bool has_data = false;                // --data was given
};

// Returns an exit code. The report to standard output, progress to standard error.
int study(const StudyOptions& options);

}  // namespace lc::cli
