#include "cli/eval_still.h"

#include "quality/noise.h"
#include "quality/png.h"
#include "quality/psnr.h"
#include "tensor/convert.h"

namespace lc::cli {
namespace {

// As cameras give it.
Image i420(const Image& picture) { return convert(picture.view(), PixelFormat::i420); }

Result<StillMeasure> measure_one(ContestCodec& codec, const Image& scene, std::span<const Image> noisy, int quality) {
  std::vector<double> db, scene_db;
  const auto compare = [&](const ImageView& decoded) {
    db.push_back(quality::psnr_611(noisy[db.size()].view(), decoded));
    scene_db.push_back(quality::psnr_611(scene.view(), decoded));
  };
  const auto ignore = [](const ImageView&) {};
  const Coded key = LC_TRY(codec.code(noisy.first(1), quality, ignore));
  const Coded all = LC_TRY(codec.code(noisy, quality, compare));
  const double rest = static_cast<double>(noisy.size() - 1), key_bytes = static_cast<double>(key.bytes);
  StillMeasure out;
  out.key_bpp = 8 * key_bytes / (static_cast<double>(scene.width()) * scene.height());
  out.bytes_share = (static_cast<double>(all.bytes) - key_bytes) / rest / key_bytes;
  out.key_ms = key.encode_ms;
  out.time_share = (all.encode_ms - key.encode_ms) / rest / key.encode_ms;
  out.key_db = db[0];
  out.key_scene_db = scene_db[0];
  for (std::size_t i = 1; i < db.size(); ++i) {
    out.frame_db += db[i] / rest;
    out.frame_scene_db += scene_db[i] / rest;
  }
  return out;
}

void add(StillMeasure& sum, const StillMeasure& one, double share) {
  for (const auto field : {&StillMeasure::key_bpp, &StillMeasure::bytes_share, &StillMeasure::key_ms,
                           &StillMeasure::time_share, &StillMeasure::key_db, &StillMeasure::frame_db,
                           &StillMeasure::key_scene_db, &StillMeasure::frame_scene_db})
    sum.*field += share * one.*field;
}

}  // namespace

Result<std::vector<StillRow>> measure_still(const std::vector<Picture>& pictures, const std::vector<Contestant>& codecs,
                                            const std::vector<std::string>& noises, int frames,
                                            const std::function<void(std::size_t, std::size_t)>& progress) {
  std::vector<StillRow> out;
  std::vector<quality::Noise> kinds;
  for (const auto& noise : noises) {
    kinds.push_back(LC_TRY(quality::parse_noise(noise)));
    for (const auto& codec : codecs)
      for (const int quality : codec.qualities) out.push_back({noise, codec.name, quality, {}});
  }
  const double share = 1 / static_cast<double>(pictures.size());
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const Image clean = to_rgb(LC_TRY(quality::load_picture(pictures[i].file)).view());
    const Image scene = i420(clean);
    std::size_t row = 0;
    for (const auto& kind : kinds) {
      std::vector<Image> noisy;
      for (int frame = 0; frame < frames; ++frame)
        noisy.push_back(i420(quality::add_noise(clean.view(), kind, i * 100'000 + static_cast<std::uint64_t>(frame))));
      for (const auto& codec : codecs) {
        const auto made = codec.make();
        for (const int quality : codec.qualities)
          add(out[row++].mean, LC_TRY(measure_one(*made, scene, noisy, quality)), share);
      }
    }
    progress(i + 1, pictures.size());
  }
  return out;
}

std::string still_text(const std::vector<StillRow>& rows) {
  std::string out =
      "noise             codec           quality  key bpp  a frame %   key ms  a frame %   key dB  frame dB  to scene  "
      "frame dB\n";
  for (const auto& [noise, codec, quality, m] : rows)
    out += fmt::format("{:<18}{:<15}{:>8}{:>9.4f}{:>11.3f}{:>9.1f}{:>11.1f}{:>9.2f}{:>10.2f}{:>10.2f}{:>10.2f}\n", noise,
                       codec, quality, m.key_bpp, 100 * m.bytes_share, m.key_ms, 100 * m.time_share, m.key_db, m.frame_db,
                       m.key_scene_db, m.frame_scene_db);
  return out;
}

nlohmann::json still_json(const std::vector<StillRow>& rows) {
  auto out = nlohmann::json::object();
  for (const auto& [noise, codec, quality, m] : rows)
    out["still"][noise][codec].push_back({{"quality", quality},
                                          {"key_bpp", m.key_bpp},
                                          {"bytes_share", m.bytes_share},
                                          {"key_ms", m.key_ms},
                                          {"time_share", m.time_share},
                                          {"key_psnr_611", m.key_db},
                                          {"frame_psnr_611", m.frame_db},
                                          {"key_scene_psnr_611", m.key_scene_db},
                                          {"frame_scene_psnr_611", m.frame_scene_db}});
  return out;
}

}  // namespace lc::cli
