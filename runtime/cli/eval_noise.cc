#include "cli/eval_noise.h"

#include "quality/noise.h"
#include "quality/png.h"
#include "quality/psnr.h"
#include "quality/ssim.h"
#include "tensor/convert.h"

namespace lc::cli {
namespace {

constexpr std::uint64_t kSeed = 1;

struct CodedPicture {
  Image decoded;
  double bpp;
};

Result<CodedPicture> code(ContestCodec& codec, const Image& picture, int quality) {
  CodedPicture out;
  const Coded coded = LC_TRY(
      codec.code(std::span(&picture, 1), quality, [&](const ImageView& decoded) { out.decoded = copy(decoded); }));
  out.bpp = 8.0 * static_cast<double>(coded.bytes) / (static_cast<double>(picture.width()) * picture.height());
  return out;
}

Result<NoiseMeasure> measure_one(ContestCodec& codec, const Image& clean, const Image& noisy, int quality) {
  const auto of_clean = LC_TRY(code(codec, clean, quality)), of_noisy = LC_TRY(code(codec, noisy, quality));
  return NoiseMeasure{quality::plane_mse(clean.view(), noisy.view(), 0),
                      quality::plane_mse(clean.view(), of_noisy.decoded.view(), 0),
                      quality::ssim(clean.view(), noisy.view()),
                      quality::ssim(clean.view(), of_noisy.decoded.view()),
                      of_noisy.bpp,
                      of_clean.bpp};
}

void add(NoiseMeasure& sum, const NoiseMeasure& one, double share) {
  sum.mse_noisy += share * one.mse_noisy;
  sum.mse_out += share * one.mse_out;
  sum.ssim_noisy += share * one.ssim_noisy;
  sum.ssim_out += share * one.ssim_out;
  sum.bpp += share * one.bpp;
  sum.bpp_clean += share * one.bpp_clean;
}

// dB that the codec's picture is nearer to the clean one than the noisy one was.
double gain_db(const NoiseMeasure& m) { return quality::psnr_of_mse(m.mse_out) - quality::psnr_of_mse(m.mse_noisy); }

}  // namespace

Result<std::vector<NoiseRow>> measure_noise(const std::vector<Picture>& pictures, const std::vector<Contestant>& codecs,
                                            const std::vector<std::string>& noises,
                                            const std::function<void(std::size_t, std::size_t)>& progress) {
  std::vector<quality::Noise> kinds;
  for (const auto& text : noises) kinds.push_back(LC_TRY(quality::parse_noise(text)));
  std::vector<NoiseRow> out;
  for (const auto& noise : noises)
    for (const auto& codec : codecs)
      for (const int quality : codec.qualities) out.push_back({noise, codec.name, quality, {}});
  std::vector<std::unique_ptr<ContestCodec>> made;
  for (const auto& codec : codecs) made.push_back(codec.make());
  const double share = 1 / static_cast<double>(pictures.size());
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const Image clean = to_rgb(LC_TRY(quality::load_picture(pictures[i].file)).view());
    std::size_t row = 0;
    for (const auto& kind : kinds) {
      const Image noisy = quality::add_noise(clean.view(), kind, kSeed + i);
      for (std::size_t c = 0; c < codecs.size(); ++c)
        for (const int quality : codecs[c].qualities)
          add(out[row++].mean, LC_TRY(measure_one(*made[c], clean, noisy, quality)), share);
    }
    progress(i + 1, pictures.size());
  }
  return out;
}

std::string noise_text(const std::vector<NoiseRow>& rows) {
  std::string out =
      "noise             codec           quality  MSE in  MSE out  SSIM in  SSIM out   gain dB      bpp    clean\n";
  for (const auto& [noise, codec, quality, m] : rows)
    out += fmt::format("{:<18}{:<15}{:>8}{:>8.1f}{:>9.1f}{:>9.4f}{:>10.4f}{:>+10.2f}{:>9.4f}{:>9.4f}\n", noise, codec,
                       quality, m.mse_noisy, m.mse_out, m.ssim_noisy, m.ssim_out, gain_db(m), m.bpp, m.bpp_clean);
  return out;
}

nlohmann::json noise_json(const std::vector<NoiseRow>& rows) {
  auto out = nlohmann::json::object();
  for (const auto& [noise, codec, quality, m] : rows)
    out["noise"][noise][codec].push_back({{"quality", quality},
                                          {"mse_noisy", m.mse_noisy},
                                          {"mse_out", m.mse_out},
                                          {"ssim_noisy", m.ssim_noisy},
                                          {"ssim_out", m.ssim_out},
                                          {"gain_db", gain_db(m)},
                                          {"bpp", m.bpp},
                                          {"bpp_clean", m.bpp_clean}});
  return out;
}

}  // namespace lc::cli
