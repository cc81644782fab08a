// latentcast eval --still: what a camera costs that looks at a scene where nothing moves but the noise of its sensor.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/contestant.h"
#include "cli/measure.h"

namespace lc::cli {

// PSNR is 6:1:1, in dB: against the noisy frame itself, and against the scene without noise.
struct StillMeasure {
  double key_bpp = 0, bytes_share = 0;  // of a frame behind the key frame, in key frames
  double key_ms = 0, time_share = 0;    // processor time of encoding; the same
  double key_db = 0, frame_db = 0;      // of the key frame; mean of the frames behind it
  double key_scene_db = 0, frame_scene_db = 0;
};

struct StillRow {
  std::string noise, codec;
  int quality;
  StillMeasure mean;  // over pictures
};

//   codecs  bundles that make no key frame but the first
//   noises  texts of parse_noise
//   frames  of each picture and noise, 2 or more
//   errors  invalid_config, and what pictures and codecs say
Result<std::vector<StillRow>> measure_still(const std::vector<Picture>& pictures, const std::vector<Contestant>& codecs,
                                            const std::vector<std::string>& noises, int frames,
                                            const std::function<void(std::size_t, std::size_t)>& progress);

std::string still_text(const std::vector<StillRow>& rows);
nlohmann::json still_json(const std::vector<StillRow>& rows);

}  // namespace lc::cli
