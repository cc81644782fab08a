#include "cli/eval_report.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "quality/psnr.h"
#include "quality/ssim.h"
#include "quality/svg_plot.h"

namespace lc::cli {
namespace {

constexpr std::array kEqualDb{28, 30, 32, 34, 36, 38};  // the columns of the table
struct MetricWord {
  Metric metric;
  const char* word;
};
constexpr std::array kMetrics{MetricWord{Metric::psnr_rgb, "PSNR"}, MetricWord{Metric::psnr_611, "6:1:1"},
                              MetricWord{Metric::ms_ssim, "MS-SSIM"}};

const char* noun(const Measurement& measurement) {
  return measurement.pictures.front().frames == 1 ? "picture" : "clip";
}

nlohmann::json point(int quality, const Measure& m) {
  return {{"quality", quality},
          {"bpp", m.bpp},
          {"psnr_rgb", m.psnr_rgb},
          {"psnr_611", m.psnr_611},
          {"ssim", m.ssim},
          {"ms_ssim", m.ms_ssim},
          {"ms_ssim_db", quality::ms_ssim_db(m.ms_ssim)},
          {"encode_ms", m.encode_ms},
          {"decode_ms", m.decode_ms},
          {"concealed", m.concealed},
          {"longest_concealed", m.longest_concealed}};
}

nlohmann::json points(const MeasuredCodec& codec, const std::vector<Measure>& measures) {
  auto out = nlohmann::json::array();
  for (std::size_t q = 0; q < measures.size(); ++q) out.push_back(point(codec.contestant.qualities[q], measures[q]));
  return out;
}

// What the context model saves, at each quality.
std::string entropy_lines(const Measurement& measurement) {
  std::string out;
  for (const auto& codec : measurement.codecs) {
    std::string saved;
    for (std::size_t q = 0; q < codec.means.size(); ++q)
      if (const auto share = saved_by_contexts(codec, q)) saved += fmt::format(" {:.1f}", 100 * *share);
    if (!saved.empty())
      out += fmt::format("{}: % of bits saved over one table a channel, by quality:{}\n", codec.contestant.name, saved);
  }
  return out;
}

std::string rows(const MeasuredCodec& codec, const std::vector<Measure>& measures) {
  std::string out;
  for (std::size_t q = 0; q < measures.size(); ++q) {
    const Measure& m = measures[q];
    out += fmt::format("{:<15}{:>8}{:>9.4f}{:>9.2f}{:>9.2f}{:>9.4f}{:>9.4f}{:>9.1f}{:>9.1f}\n", codec.contestant.name,
                       codec.contestant.qualities[q], m.bpp, m.psnr_rgb, m.psnr_611, m.ssim, m.ms_ssim, m.encode_ms,
                       m.decode_ms);
  }
  return out;
}

constexpr const char* kHead =
    "codec           quality      bpp     PSNR    6:1:1     SSIM  MS-SSIM   enc ms   dec ms\n";

// Bits at this PSNR, where the mean curve reaches it.
std::optional<double> bpp_at(const MeasuredCodec& codec, double db) {
  const auto curve = rate_curve(codec.means, Metric::psnr_rgb);
  if (!curve) return std::nullopt;
  const auto bpp = curve->bpp_at(db);
  return bpp ? std::optional(*bpp) : std::nullopt;
}

std::optional<double> percent_more(const MeasuredCodec& anchor, const MeasuredCodec& tested, double db) {
  const auto a = bpp_at(anchor, db), b = bpp_at(tested, db);
  if (!a || !b) return std::nullopt;
  return 100 * (*b / *a - 1);
}

std::string cell(std::optional<double> value, int digits, bool with_sign) {
  if (!value) return fmt::format("{:>9}", "-");
  return with_sign ? fmt::format("{:>+8.{}f}%", *value, digits) : fmt::format("{:>9.{}f}", *value, digits);
}

std::vector<const MeasuredCodec*> codecs_of(const Measurement& measurement, bool bundles) {
  std::vector<const MeasuredCodec*> out;
  for (const auto& codec : measurement.codecs)
    if ((codec.contestant.bundle != nullptr) == bundles) out.push_back(&codec);
  return out;
}

std::string equal_psnr_table(const Measurement& measurement) {
  std::string out = fmt::format("{:<30}", "bpp at equal PSNR");
  for (const int db : kEqualDb) out += fmt::format("{:>6} dB", db);
  out += "\n";
  const auto row = [&](const std::string& name, auto value, int digits, bool with_sign) {
    out += fmt::format("{:<30}", name);
    for (const int db : kEqualDb) out += cell(value(db), digits, with_sign);
    out += "\n";
  };
  for (const auto& codec : measurement.codecs)
    row(
        codec.contestant.name, [&](int db) { return bpp_at(codec, db); }, 4, false);
  for (const auto* tested : codecs_of(measurement, true))
    for (const auto* rival : codecs_of(measurement, false))
      row(
          tested->contestant.name + " against " + rival->contestant.name,
          [&](int db) { return percent_more(*rival, *tested, db); }, 1, true);
  return out;
}

std::string bd_rate_lines(const Measurement& measurement) {
  std::string out;
  for (const auto* tested : codecs_of(measurement, true))
    for (const auto* rival : codecs_of(measurement, false))
      for (const auto& [metric, word] : kMetrics) {
        out += fmt::format("BD-rate {:<8}{} against {}: ", word, tested->contestant.name, rival->contestant.name);
        const auto rate = bd_rate(rival->means, tested->means, metric);
        out += rate ? fmt::format("{:+.1f} % ({:.1f} to {:.1f} dB)\n", rate->percent, rate->low, rate->high)
                    : rate.error().text + "\n";
      }
  return out;
}

// Bundles whose frames got lost, each beside itself without loss.
std::string loss_lines(const Measurement& measurement) {
  std::string out;
  const MeasuredCodec* whole = nullptr;
  for (const auto* codec : codecs_of(measurement, true)) {
    if (!whole || whole->contestant.bundle != codec->contestant.bundle) {
      whole = codec;
      continue;
    }
    for (std::size_t q = 0; q < codec->means.size(); ++q) {
      const Measure &lossy = codec->means[q], &without = whole->means[q];
      out += fmt::format("{}, quality {}: {:.1f} % of the frames concealed, at most {:.0f} in a row; "
                         "{:.2f} dB (6:1:1) less, {:+.1f} % bits\n",
                         codec->contestant.name, codec->contestant.qualities[q], 100 * lossy.concealed,
                         lossy.longest_concealed, without.psnr_611 - lossy.psnr_611,
                         100 * (lossy.bpp / without.bpp - 1));
    }
  }
  return out;
}

nlohmann::json against_rivals(const Measurement& measurement, const MeasuredCodec& tested) {
  nlohmann::json out;
  for (const char* key : {"bd_rate_psnr", "bd_rate_psnr_range_db", "bd_rate_psnr611", "bd_rate_psnr611_each",
                          "bd_rate_msssim", "fewer_bits_at_psnr"})
    out[key] = nlohmann::json::object();
  for (const auto* rival : codecs_of(measurement, false)) {
    const std::string& name = rival->contestant.name;
    if (const auto rate = bd_rate(rival->means, tested.means, Metric::psnr_rgb)) {
      out["bd_rate_psnr"][name] = rate->percent;
      out["bd_rate_psnr_range_db"][name] = {rate->low, rate->high};
    }
    if (const auto rate = bd_rate(rival->means, tested.means, Metric::psnr_611))
      out["bd_rate_psnr611"][name] = rate->percent;
    for (std::size_t i = 0; i < measurement.pictures.size(); ++i)
      if (const auto rate = bd_rate(rival->pictures[i], tested.pictures[i], Metric::psnr_611))
        out["bd_rate_psnr611_each"][name][measurement.pictures[i].name] = rate->percent;
    if (const auto rate = bd_rate(rival->means, tested.means, Metric::ms_ssim))
      out["bd_rate_msssim"][name] = rate->percent;
    out["fewer_bits_at_psnr"][name] = nlohmann::json::object();
    for (const int db : kEqualDb)
      if (const auto more = percent_more(*rival, tested, db))
        out["fewer_bits_at_psnr"][name][std::to_string(db)] = -*more;
  }
  return out;
}

}  // namespace

std::string to_text(const Measurement& measurement, bool each_picture) {
  std::string out;
  if (each_picture)
    for (std::size_t i = 0; i < measurement.pictures.size(); ++i) {
      const Picture& picture = measurement.pictures[i];
      out += fmt::format("{} ({} x {})\n{}", picture.name, picture.width, picture.height, kHead);
      for (const auto& codec : measurement.codecs) out += rows(codec, codec.pictures[i]);
      out += "\n";
    }
  double pixels = 0;
  for (const auto& picture : measurement.pictures)
    pixels += static_cast<double>(picture.width) * picture.height * picture.frames;
  const std::size_t count = measurement.pictures.size();
  out += fmt::format("means over {} {}{}, {:.1f} megapixels\n{}", count, noun(measurement), count == 1 ? "" : "s",
                     pixels / 1e6, kHead);
  for (const auto& codec : measurement.codecs) out += rows(codec, codec.means);
  return out + "\n" + equal_psnr_table(measurement) + "\n" + bd_rate_lines(measurement) + entropy_lines(measurement) +
         loss_lines(measurement);
}

nlohmann::json to_json(const Measurement& measurement) {
  nlohmann::json out{{"pictures", nlohmann::json::array()},
                     {"rivals", nlohmann::json::object()},
                     {"bundles", nlohmann::json::object()}};
  for (const auto& picture : measurement.pictures)
    out["pictures"].push_back(
        {{"name", picture.name}, {"width", picture.width}, {"height", picture.height}, {"frames", picture.frames}});
  for (const auto& codec : measurement.codecs) {
    nlohmann::json entry{{"curve", points(codec, codec.means)}, {"pictures", nlohmann::json::object()}};
    for (std::size_t i = 0; i < measurement.pictures.size(); ++i)
      entry["pictures"][measurement.pictures[i].name] = points(codec, codec.pictures[i]);
    if (codec.contestant.bundle) {
      entry["latent_space"] = codec.contestant.bundle->latent_space_hex();
      entry.update(against_rivals(measurement, codec));
      for (std::size_t q = 0; q < codec.means.size(); ++q)
        if (const auto share = saved_by_contexts(codec, q))
          entry["entropy_saved_percent"][std::to_string(codec.contestant.qualities[q])] = 100 * *share;
    }
    out[codec.contestant.bundle ? "bundles" : "rivals"][codec.contestant.name] = std::move(entry);
  }
  return out;
}

std::string to_plot(const Measurement& measurement) {
  const std::size_t count = measurement.pictures.size();
  quality::Plot plot{
      fmt::format("Rate and distortion, mean of {} {}{}", count, noun(measurement), count == 1 ? "" : "s"),
      "bits a pixel",
      "PSNR (RGB), dB",
      {}};
  for (const auto& codec : measurement.codecs) {
    quality::PlotCurve curve{codec.contestant.name, {}};
    for (const Measure& m : codec.means) curve.points.emplace_back(m.bpp, m.psnr_rgb);
    plot.curves.push_back(std::move(curve));
  }
  return quality::to_svg(plot);
}

}  // namespace lc::cli
