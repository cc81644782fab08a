// What `latentcast study --all` measures of one published system.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cli/paper_quality.h"
#include "cli/paper_system.h"
#include "cli/study_statistics.h"
#include "study/attack.h"

namespace lc::cli {

// Noise on the picture before it is encoded: against the clean picture, before and after the autoencoder.
struct NoiseRow {
  std::string noise;
  double noisy_ssim = 0, noisy_mse = 0, retrieved_ssim = 0, retrieved_mse = 0;  // MSE of samples in 0..1
};

struct PaperResult {
  PaperSystem system;
  int pictures = 0, width = 0, height = 0;
  Measures measures;
  std::vector<std::string> classes;
  std::vector<std::pair<std::string, Diagnosis>> diagnoses;  // "originals", "retrieved", "latents"
  std::vector<NoiseRow> noise;
  StudiedStatistics statistics;  // of what is sent, of the first pictures
  // On what is sent; and on its cipher, with this system's pictures in the place of latents (study/attacks.h).
  study::AttackResults attacks, cipher_attacks;
  // Of the first picture. What was sent as gray samples, 512 a row, the first of them; the region of interest as a veil
  // over what came back.
  Image original, sent, retrieved, region;

  // The worst of both.
  study::Verdict verdict() const { return std::max(study::verdict_of(attacks), study::verdict_of(cipher_attacks)); }
};

// The test pictures of a system, as they are in the data set.
Result<DataSet> load_data(const PaperSystem& system, const std::filesystem::path& data);
// The classes that its classifier tells apart.
std::vector<int> classes_of(const PaperSystem& system, std::vector<int> labels);

// data: the folder of the data sets.
//   errors  not_found: the model, the data; those of networks and ciphers
Result<PaperResult> measure_paper_system(const PaperSystem& system, const std::filesystem::path& data,
                                         std::uint64_t seed);

}  // namespace lc::cli
