// What `latentcast eval` tells: tables for people, JSON for machines, curves as SVG.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/measure.h"

namespace lc::cli {

// Means per quality, bits at equal PSNR, BD-rates; with `each_picture` also a table a picture.
std::string to_text(const Measurement& measurement, bool each_picture);

// {"pictures": [{"name", "width", "height"}],
//  "rivals":  {NAME: {"curve": [POINT], "pictures": {PICTURE: [POINT]}}},
//  "bundles": {NAME: the same and {"latent_space": hex,
//      "bd_rate_psnr": {RIVAL: per cent}, "bd_rate_psnr_range_db": {RIVAL: [low, high]}, "bd_rate_ms_ssim":
//      {RIVAL: per cent}, "fewer_bits_at_psnr": {RIVAL: {"32": per cent fewer}}}}}
// POINT: quality, bpp, psnr_rgb, psnr_611, ssim, ms_ssim, ms_ssim_db, encode_ms, decode_ms. A number that the
// curves do not reach is absent.
nlohmann::json to_json(const Measurement& measurement);

// PSNR over bits a pixel.
std::string to_plot(const Measurement& measurement);

}  // namespace lc::cli
