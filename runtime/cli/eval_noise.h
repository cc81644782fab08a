// latentcast eval --noise: what a codec makes of a noisy picture, measured against the clean one.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/contestant.h"
#include "cli/measure.h"

namespace lc::cli {

struct NoiseMeasure {
  double mse_noisy = 0, mse_out = 0, ssim_noisy = 0, ssim_out = 0;
  double bpp = 0, bpp_clean = 0;  // of the noisy and of the clean picture
};

struct NoiseRow {
  std::string noise, codec;
  int quality;
  NoiseMeasure mean;  // over pictures
};

//   noises  texts of parse_noise
//   errors  invalid_config, and what pictures and codecs say
Result<std::vector<NoiseRow>> measure_noise(const std::vector<Picture>& pictures, const std::vector<Contestant>& codecs,
                                            const std::vector<std::string>& noises,
                                            const std::function<void(std::size_t, std::size_t)>& progress);

std::string noise_text(const std::vector<NoiseRow>& rows);
nlohmann::json noise_json(const std::vector<NoiseRow>& rows);

}  // namespace lc::cli
