#include "cli/study_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/json_text.h"
#include "cli/report_table.h"
#include "quality/histogram.h"
#include "quality/png.h"
#include "quality/psnr.h"
#include "quality/svg_plot.h"

namespace lc::cli {
namespace {

std::string decibels(double psnr) { return psnr >= quality::kIdenticalDb ? "exact" : fmt::format("{:.1f} dB", psnr); }

struct Passed {
  int passed = 0, judged = 0;
};
Passed passed_of(const StudiedResult& system) {
  Passed sum;
  for (const auto& m : system.statistics.metrics) {
    if (m.metric.find("same key and nonce") != std::string::npos) continue;  // asks what a nonce forbids
    sum.passed += m.passed, sum.judged += m.judged;
  }
  return sum;
}

double sealed_ms(const StudyReport& report) {
  for (const auto& s : report.systems)
    if (s.name == "sealed") return s.encrypt_ms;
  return 0;
}

Table side_by_side(const StudyReport& report) {
  Table out{{"system", "from", "verdict", "shown by", "tests passed", "bytes a byte", "encrypt, decrypt ms",
             "against sealing", "ms at 100 Mbit/s", "retrieved"},
            {}};
  const double sealed = sealed_ms(report);
  for (const auto& s : report.systems) {
    const auto* best = study::best_of(s.attacks);
    const Passed tests = passed_of(s);
    out.rows.push_back({s.name, s.paper, std::string(study::to_string(s.verdict)),
                        best ? fmt::format("{}: {}, {:.2f} s", best->name, best->needs, best->seconds) : "",
                        fmt::format("{} of {}", tests.passed, tests.judged), fmt::format("{:.3f}", s.bytes_a_byte),
                        fmt::format("{:.2f}, {:.2f}", s.encrypt_ms, s.decrypt_ms),
                        sealed > 0 ? fmt::format("{:.1f} x", s.encrypt_ms / sealed) : "",
                        fmt::format("{:.2f}", s.transfer_ms), decibels(s.retrieved_psnr)});
  }
  return out;
}

Table statistics_of(const StudiedResult& system) {
  Table out = statistics_table(system.statistics);
  out.rows.push_back({"retrieved: MSE, MAE of samples in 0..255; SSIM",
                      fmt::format("{}, {}; {}", number(system.retrieved_mse), number(system.retrieved_mae),
                                  number(system.retrieved_ssim)),
                      "", ""});
  if (const auto& e = system.elements)
    out.rows.push_back({"through studyencrypt and studydecrypt",
                        fmt::format("{} frames, {:.0f} bytes a packet, {:.2f} ms a frame, {}", e->frames,
                                    e->bytes_a_packet, e->ms_a_frame, e->is_exact ? "exact" : "not exact"),
                        "exact", ""});
  return out;
}

std::string introduction(const StudyReport& report) {
  return fmt::format(
      "{} pictures of {} x {}, {}. {} Each test is at the level 0.05: random bytes fail one in twenty. NPCR and UACI "
      "under one "
      "key and nonce ask for what AES-GCM does not have and does not need: its nonces never recur; they are not "
      "counted in the "
      "next table.",
      report.pictures, report.width, report.height, report.format, study::kStatisticsWarning);
}

std::string histogram_plot(const StudyReport& report, const StudiedResult& system) {
  quality::Plot plot{"histograms", "value", "bytes", {{"original", {}}, {"encrypted", {}}, {"retrieved", {}}}};
  const std::array<const Image*, 3> images{&report.original, &system.encrypted, &system.retrieved};
  for (std::size_t i = 0; i < images.size(); ++i) {
    const quality::Histogram h = quality::histogram(study::frame_of(*images[i]).bytes);
    for (std::size_t v = 0; v < h.size(); ++v)
      plot.curves[i].points.emplace_back(static_cast<double>(v), static_cast<double>(h[v]));
  }
  return quality::to_svg(plot);
}

nlohmann::ordered_json json_of(const StudiedResult& s) {
  nlohmann::ordered_json out{
      {"paper", s.paper},
      {"summary", s.summary},
      {"verdict", study::to_string(s.verdict)},
      {"bytes_a_byte", s.bytes_a_byte},
      {"encrypt_ms", s.encrypt_ms},
      {"decrypt_ms", s.decrypt_ms},
      {"transfer_ms_100_mbit", s.transfer_ms},
      {"retrieved",
       {{"psnr", s.retrieved_psnr}, {"mse", s.retrieved_mse}, {"mae", s.retrieved_mae}, {"ssim", s.retrieved_ssim}}},
      {"units", {{"mse", "of samples in 0..255"}, {"mae", "of samples in 0..255"}}}};
  add_statistics(s.statistics, out);
  if (const auto& e = s.elements)
    out["elements"] = {{"frames", e->frames},
                       {"bytes_a_packet", e->bytes_a_packet},
                       {"ms_a_frame", e->ms_a_frame},
                       {"exact", e->is_exact}};
  out["attacks"] = attacks_json(s.attacks);
  return out;
}

}  // namespace

std::string to_markdown(const StudyReport& report) {
  std::string out =
      "# The published ciphers, studied\n\n" + introduction(report) + "\n\n" + markdown(side_by_side(report));
  for (const auto& s : report.systems)
    out += fmt::format("\n## {}\n\n{}: {}.\n\n{}\n{}\nVerdict: **{}**\n", s.name, s.paper, s.summary,
                       markdown(statistics_of(s)), markdown(attack_table(s.attacks)), study::to_string(s.verdict));
  return out + fmt::format("\n{}\n", study::kStatisticsWarning);
}

Result<> save_page(const StudyReport& report, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Errc::unavailable, "{}: {}", folder.string(), error.message());
  std::string page = html_head("The published ciphers, studied") + "<p>" + escaped(introduction(report)) + "</p>\n" +
                     html(side_by_side(report));
  LC_TRY(quality::save_png(folder / "original.png", report.original.view()));
  for (const auto& s : report.systems) {
    std::string file = s.name;
    std::replace(file.begin(), file.end(), ':', '-');
    LC_TRY(quality::save_png(folder / (file + "-encrypted.png"), s.encrypted.view()));
    LC_TRY(quality::save_png(folder / (file + "-retrieved.png"), s.retrieved.view()));
    page += fmt::format(
        "<h2>{0}</h2>\n<p>{1}: {2}.</p>\n<p><img src=\"original.png\" alt=\"original\"> <img "
        "src=\"{3}-encrypted.png\" alt=\"encrypted\"> <img src=\"{3}-retrieved.png\" alt=\"retrieved\"></p>\n",
        s.name, s.paper, escaped(s.summary), file);
    page += histogram_plot(report, s) + html(statistics_of(s)) + "<br>\n" + html(attack_table(s.attacks)) +
            fmt::format("<p>Verdict: <b>{}</b></p>\n", study::to_string(s.verdict));
  }
  page += fmt::format("<p>{}</p>\n", study::kStatisticsWarning);
  LC_TRY(save_file(folder / "ciphers.md", as_bytes(to_markdown(report))));
  LC_TRY(save_file(folder / "ciphers.json", as_bytes(json_text(to_json(report)))));
  return save_file(folder / "index.html", as_bytes(page));
}

nlohmann::ordered_json to_json(const StudyReport& report) {
  nlohmann::ordered_json systems = nlohmann::ordered_json::object();
  for (const auto& s : report.systems) systems[s.name] = json_of(s);
  return {{"note", study::kStatisticsWarning}, {"pictures", report.pictures}, {"width", report.width},
          {"height", report.height},           {"format", report.format},     {"systems", std::move(systems)}};
}

}  // namespace lc::cli
