// Rate and distortion of codecs over pictures: the numbers of `latentcast eval`.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/contestant.h"
#include "quality/bd_rate.h"

namespace lc::cli {

// One picture or clip at one quality, or the mean over several. A clip's values are means over its frames; SSIM and
// MS-SSIM of every seventh frame.
struct Measure {
  double bpp = 0, psnr_rgb = 0, psnr_611 = 0, ssim = 0, ms_ssim = 0;
  double encode_ms = 0, decode_ms = 0;
  double concealed = 0;          // share of the frames
  double longest_concealed = 0;  // frames in a row; the most of all clips
  std::size_t bytes = 0;         // of this picture or clip; of a mean: of all
};

struct Picture {
  std::string name;
  std::filesystem::path file;
  int width = 0, height = 0;
  int frames = 1;  // above 1 in a clip
};

// Every picture file in the folders (not below them), by name; files as they are given.
//   errors  not_found: a path does not exist, or there is no picture at all
Result<std::vector<Picture>> find_pictures(const std::vector<std::string>& paths);
// Clips as they are given; `frames` is how many of each are wanted, at most.
Result<std::vector<Picture>> find_clips(const std::vector<std::string>& paths, int frames);

struct MeasuredCodec {
  Contestant contestant;
  std::vector<std::vector<Measure>> pictures;  // [picture][quality]
  std::vector<Measure> means;                  // [quality]: of bpp, of dB, of indices, over pictures
  std::vector<ChannelCounts> integers;         // [quality], of all pictures
};

struct Measurement {
  std::vector<Picture> pictures;  // with their sizes
  std::vector<MeasuredCodec> codecs;
};

// Codes every picture at every quality of every contestant, in `jobs` threads (numbers do not depend on how
// many).
//   progress  (done, of) after each picture and codec; called from one thread at a time
Result<Measurement> measure(std::vector<Picture> pictures, std::vector<Contestant> contestants, int jobs,
                            const std::function<void(std::size_t, std::size_t)>& progress);

// Share of the bits that the context model saves over one table a channel, headers and all counted against it. Nothing
// for rivals, and where frames refer to others. Tables made for just these pictures save the more, the fewer they are.
std::optional<double> saved_by_contexts(const MeasuredCodec& codec, std::size_t quality);

// PSNR over rate, or MS-SSIM in dB over rate.
enum class Metric { psnr_rgb, psnr_611, ms_ssim };
Result<quality::RateCurve> rate_curve(const std::vector<Measure>& points, Metric metric);

// Over 28 to 38 dB of PSNR in RGB, 31 to 41 dB in 6:1:1, or 10 to 20 dB of MS-SSIM.
Result<quality::BdRate> bd_rate(const std::vector<Measure>& anchor, const std::vector<Measure>& tested, Metric metric);

}  // namespace lc::cli
