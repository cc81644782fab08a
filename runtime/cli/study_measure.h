// What `latentcast study` measures of one system.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/study_elements.h"
#include "cli/study_statistics.h"
#include "study/attack.h"
#include "tensor/image.h"

namespace lc::cli {

// One system of the report: a published cipher in one variant, or the sealed path.
struct StudiedSystem {
  std::string name;  // "aes-features:ecb", "sealed"
  std::string paper, summary;
  std::string cipher, variant;  // of studyencrypt; empty for the sealed path
  study::MakeCipher make;
  std::function<Result<study::AttackResults>(std::span<const Image> pictures)> attack;
  Bytes secret;
  bool has_bits_of_key = true;  // no: the secret is an RSA key
};

// All, or those of these names ("aes-features" stands for its variants). Secrets follow from the seed, so that a report
// can be made again; RSA keys and salts are fresh.
//   errors  invalid_config: unknown name; backend
Result<std::vector<StudiedSystem>> studied_systems(const std::vector<std::string>& names, std::uint64_t seed);

struct StudiedResult {
  std::string name, paper, summary;
  double bytes_a_byte = 0;                // of ciphertext, for each of the picture
  double encrypt_ms = 0, decrypt_ms = 0;  // processor time a picture, median
  double transfer_ms = 0;                 // of a ciphertext at 100 Mbit/s
  double retrieved_psnr = 0, retrieved_mse = 0, retrieved_mae = 0, retrieved_ssim = 0;
  StudiedStatistics statistics;
  std::optional<ThroughElements> elements;
  study::AttackResults attacks;
  study::Verdict verdict = study::Verdict::none;
  Image encrypted, retrieved;  // of the first picture; of a longer ciphertext the first bytes
};

// pictures: two or more, alike, 64 x 64 or larger.
Result<StudiedResult> study_system(const StudiedSystem& system, std::span<const Image> pictures);

}  // namespace lc::cli
