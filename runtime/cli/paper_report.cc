#include "cli/paper_report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/json_text.h"
#include "cli/report_table.h"
#include "quality/histogram.h"
#include "quality/png.h"
#include "quality/svg_plot.h"

namespace lc::cli {
namespace {

constexpr char kTitle[] = "The published systems, side by side";

std::string cell(const PaperResult& r, const char* name, const char* format = "{:.1f}") {
  const PaperMeasure* m = r.measures.find(name);
  return m ? fmt::format(fmt::runtime(format), m->value) : "";
}

// Of P4's classifier there is one number: it tells pictures from ciphertexts.
std::string each(const PaperResult& r, const std::string& what) {
  for (const char* kind : {"plain_", "encrypted_"})
    if (const std::string one = cell(r, (kind + what).c_str()); !one.empty()) return one;
  std::string out;
  for (const char* kind : {"original_", "retrieved_", "latents_"})
    if (const std::string one = cell(r, (kind + what).c_str()); !one.empty()) out += (out.empty() ? "" : ", ") + one;
  return out;
}

std::string readers(const PaperResult& r) {
  std::string out;
  bool is_tried = false;
  for (const auto& attack : r.attacks) {
    is_tried = is_tried || (attack.aim == study::Aim::read && attack.was_tried);
    if (attack.shows == study::Verdict::broken) out += (out.empty() ? "" : ", ") + attack.name;
  }
  if (!out.empty()) return out;
  return is_tried ? "nothing that was tried" : "no such attack here";
}

std::string verdict(const PaperResult& r) { return std::string(study::to_string(r.verdict())); }

// What is sent speaks before its cipher.
std::string shown_by(const PaperResult& r) {
  for (const auto* attacks : {&r.attacks, &r.cipher_attacks})
    if (const auto* best = study::best_of(*attacks); best && best->shows == r.verdict())
      return fmt::format("{}{}: {}", attacks == &r.attacks ? "" : "on the cipher, ", best->name, best->needs);
  return "";
}

// From a nanosecond to a second.
std::string milliseconds(const PaperResult& r, const char* name) {
  const PaperMeasure* m = r.measures.find(name);
  return m ? number(m->value) : "";
}

// With the two times that it comes from.
std::string saved(const PaperResult& r) {
  const PaperMeasure* share = r.measures.find("encryption_saved");
  if (!share) return "";
  return fmt::format("{:.0f}: {} of {}", std::round(share->value) + 0.0, milliseconds(r, "encrypt_ms"),
                     milliseconds(r, "encrypt_picture_ms"));
}

Table side_by_side(const std::vector<PaperResult>& results) {
  Table out{{"system", "data", "retrieved dB", "SSIM", "bytes: picture, latent, sent, packet",
             "encode, encrypt, decrypt, decode ms", "encryption saved %: ms of a latent, of a picture",
             "accuracy %: originals, retrieved, latents", "AUC %", "latents read by", "verdict", "shown by"},
            {}};
  for (const PaperResult& r : results) {
    out.rows.push_back({r.system.name, fmt::format("{}, {}", r.system.data, r.pictures), cell(r, "retrieved_psnr"),
                        cell(r, "retrieved_ssim", "{:.3f}"),
                        cell(r, "picture_bytes", "{:.0f}") + ", " + cell(r, "latent_bytes", "{:.0f}") + ", " +
                            cell(r, "sent_bytes", "{:.0f}") + ", " + cell(r, "packet_bytes", "{:.0f}"),
                        r.measures.find("encode_ms")
                            ? cell(r, "encode_ms", "{:.2f}") + ", " + milliseconds(r, "encrypt_ms") + ", " +
                                  milliseconds(r, "decrypt_ms") + ", " + cell(r, "decode_ms", "{:.2f}")
                            : "together " + cell(r, "encode_and_decode_ms", "{:.2f}") + ", " +
                                  milliseconds(r, "encrypt_ms") + ", " + milliseconds(r, "decrypt_ms"),
                        saved(r), each(r, "accuracy"), each(r, "auc"), readers(r), verdict(r), shown_by(r)});
  }
  return out;
}

Table measures_table(const PaperResult& r) {
  Table out{{"measure", "here", "paper", "why they differ"}, {}};
  for (const PaperMeasure& m : r.measures.all()) {
    std::vector<std::string> row{m.name, number(m.value) + (m.unit.empty() ? "" : " " + m.unit), "", ""};
    for (const PaperFigure& figure : r.system.figures)
      if (figure.measure == m.name) row[2] = figure.says, row[3] = figure.because;
    out.rows.push_back(std::move(row));
  }
  for (const PaperFigure& figure : r.system.figures)  // what is measured elsewhere
    if (!r.measures.find(figure.measure)) out.rows.push_back({figure.measure, "", figure.says, figure.because});
  return out;
}

Table confusion_table(const PaperResult& r) {
  Table out{{"is, called"}, {}};
  for (const auto& [of, diagnosis] : r.diagnoses)
    for (const std::string& name : r.classes) out.header.push_back((of == "originals" ? "" : of + ": ") + name);
  for (std::size_t truth = 0; truth < r.classes.size(); ++truth) {
    std::vector<std::string> row{r.classes[truth]};
    for (const auto& [of, diagnosis] : r.diagnoses)
      for (std::size_t called = 0; called < r.classes.size(); ++called)
        row.push_back(std::to_string(diagnosis.matrix.count(truth, called)));
    out.rows.push_back(std::move(row));
  }
  return out;
}

Table noise_table(const PaperResult& r) {
  Table out{{"noise", "SSIM: noisy, retrieved", "MSE of samples in 0..1, x 100: noisy, retrieved"}, {}};
  const auto& paper = r.system.noise;
  if (!paper.empty()) out.header.insert(out.header.end(), {"SSIM in the paper", "MSE in the paper, %"});
  for (const NoiseRow& n : r.noise) {
    auto& row = out.rows.emplace_back(
        std::vector<std::string>{n.noise, fmt::format("{:.3f}, {:.3f}", n.noisy_ssim, n.retrieved_ssim),
                                 fmt::format("{:.2f}, {:.2f}", 100 * n.noisy_mse, 100 * n.retrieved_mse)});
    const auto found =
        std::find_if(paper.begin(), paper.end(), [&](const PaperNoise& p) { return n.noise.starts_with(p.noise); });
    if (found != paper.end()) row.insert(row.end(), {found->ssim, found->mse});
  }
  return out;
}

// Each with its title; those of which there is nothing are left out.
std::vector<std::pair<std::string, Table>> tables_of(const PaperResult& r) {
  std::vector<std::pair<std::string, Table>> out{{"", measures_table(r)}};
  if (!r.diagnoses.empty() && r.classes.size() <= 10)
    out.emplace_back("Confusion of " + r.system.classifier, confusion_table(r));
  if (!r.noise.empty())
    out.emplace_back(r.system.noise.empty()
                         ? "Noise"
                         : "Noise, beside the paper's table 6, which does not say how strong its noise was",
                     noise_table(r));
  if (!r.statistics.metrics.empty())
    out.emplace_back("Statistics of what is sent, of the first pictures, one after the other",
                     statistics_table(r.statistics));
  if (!r.attacks.empty()) out.emplace_back("Attacks on what is sent", attack_table(r.attacks));
  if (!r.cipher_attacks.empty())
    out.emplace_back("Attacks on its cipher, with these pictures in the place of latents",
                     attack_table(r.cipher_attacks));
  return out;
}

std::string introduction(const PaperResult& r) {
  return fmt::format("{}: {}. {} pictures of {} x {}; model {}, cipher {}{}.", r.system.paper, r.system.reading,
                     r.pictures, r.width, r.height, r.system.model, r.system.cipher,
                     r.system.variant.empty() ? "" : " (" + r.system.variant + ")");
}

// Of the first picture, what was sent of it and what came back.
std::string histogram_plot(const PaperResult& r) {
  quality::Plot plot{"histograms", "value", "bytes", {}};
  for (const auto& [kind, image] :
       {std::pair{"original", &r.original}, {"sent", &r.sent}, {"retrieved", &r.retrieved}}) {
    if (image->empty()) continue;
    const quality::Histogram h = quality::histogram(study::frame_of(*image).bytes);
    auto& points = plot.curves.emplace_back(quality::PlotCurve{kind, {}}).points;
    for (std::size_t v = 0; v < h.size(); ++v) points.emplace_back(static_cast<double>(v), static_cast<double>(h[v]));
  }
  return plot.curves.empty() ? "" : quality::to_svg(plot);
}

std::string roc_plot(const PaperResult& r) {
  quality::Plot plot{"ROC of " + r.system.classifier, "false positive rate", "true positive rate", {}};
  for (const auto& [of, diagnosis] : r.diagnoses)
    if (diagnosis.roc) plot.curves.push_back({of, diagnosis.roc->points});
  return plot.curves.empty() ? "" : quality::to_svg(plot);
}

Result<> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Errc::unavailable, "{}: {}", folder.string(), error.message());
  return {};
}

// Those that there are.
std::vector<std::pair<std::string, const Image*>> pictures_of(const PaperResult& r) {
  std::vector<std::pair<std::string, const Image*>> out;
  for (const auto& [kind, image] :
       {std::pair{"original", &r.original}, {"sent", &r.sent}, {"retrieved", &r.retrieved}, {"region", &r.region}})
    if (!image->empty()) out.emplace_back(kind, image);
  return out;
}

std::string picture_file(const PaperResult& r, const std::string& kind) {
  return fmt::format("{}-{}.png", r.system.name, kind);
}

// [truth][called]
nlohmann::ordered_json confusion_json(const Diagnosis& d) {
  auto out = nlohmann::ordered_json::array();
  for (std::size_t truth = 0; truth < d.matrix.classes(); ++truth) {
    auto row = nlohmann::ordered_json::array();
    for (std::size_t called = 0; called < d.matrix.classes(); ++called) row.push_back(d.matrix.count(truth, called));
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace

std::string to_markdown(const std::vector<PaperResult>& results) {
  std::string out = fmt::format("# {}\n\n{}", kTitle, markdown(side_by_side(results)));
  for (const PaperResult& r : results) {
    out += fmt::format("\n## {}\n\n{}\n", r.system.name, introduction(r));
    for (const auto& [title, table] : tables_of(r))
      out += (title.empty() ? "\n" : "\n" + title + ":\n\n") + markdown(table);
    out += fmt::format("\nVerdict: **{}**\n", verdict(r));
  }
  return out;
}

std::string in_a_line(const PaperResult& result) {
  return fmt::format("{} dB, {}", cell(result, "retrieved_psnr"), verdict(result));
}

Result<> save_pictures(const PaperResult& result, const std::filesystem::path& folder) {
  LC_TRY(make_folder(folder));
  for (const auto& [kind, image] : pictures_of(result))
    LC_TRY(quality::save_png(folder / picture_file(result, kind), image->view()));
  return {};
}

Result<> save_page(const std::vector<PaperResult>& results, const std::filesystem::path& folder) {
  LC_TRY(make_folder(folder));
  std::string page = html_head(kTitle) + html(side_by_side(results));
  for (const PaperResult& r : results) {
    page += fmt::format("<h2>{}</h2>\n<p>{}</p>\n<p>", escaped(r.system.name), escaped(introduction(r)));
    for (const auto& [kind, image] : pictures_of(r))
      page += fmt::format("<img src=\"{}\" alt=\"{}\"> ", picture_file(r, kind), kind);
    page += "</p>\n" + histogram_plot(r) + roc_plot(r);
    for (const auto& [title, table] : tables_of(r))
      page += (title.empty() ? "" : "<h3>" + escaped(title) + "</h3>\n") + html(table);
    page += fmt::format("<p>Verdict: <b>{}</b></p>\n", verdict(r));
  }
  LC_TRY(save_file(folder / "systems.md", as_bytes(to_markdown(results))));
  LC_TRY(save_file(folder / "systems.json", as_bytes(json_text(to_json(results)))));
  return save_file(folder / "systems.html", as_bytes(page));
}

nlohmann::ordered_json to_json(const std::vector<PaperResult>& results) {
  auto out = nlohmann::ordered_json::object();
  for (const PaperResult& r : results) {
    nlohmann::ordered_json one{{"paper", r.system.paper},    {"reading", r.system.reading}, {"data", r.system.data},
                               {"pictures", r.pictures},     {"model", r.system.model},     {"cipher", r.system.cipher},
                               {"variant", r.system.variant}};
    one["width"] = r.width, one["height"] = r.height;
    for (const PaperMeasure& m : r.measures.all()) {
      one["measures"][m.name] = m.value;
      if (!m.unit.empty()) one["units"][m.name] = m.unit;
    }
    one["classes"] = r.classes;
    for (const auto& [of, diagnosis] : r.diagnoses) {
      one["confusion"][of] = confusion_json(diagnosis);
      if (diagnosis.roc) one["roc"][of] = diagnosis.roc->points;  // [false, true positive rate]
    }
    for (const PaperFigure& f : r.system.figures) one["paper_says"][f.measure] = f.says;
    for (const PaperNoise& f : r.system.noise) one["paper_says"][f.noise] = {{"ssim", f.ssim}, {"mse", f.mse}};
    for (const NoiseRow& n : r.noise)
      one["noise"][n.noise] = {{"noisy_ssim", n.noisy_ssim},
                               {"noisy_mse", n.noisy_mse},
                               {"retrieved_ssim", n.retrieved_ssim},
                               {"retrieved_mse", n.retrieved_mse}};
    add_statistics(r.statistics, one);
    one["attacks"] = attacks_json(r.attacks);
    one["cipher_attacks"] = attacks_json(r.cipher_attacks);
    one["verdict"] = verdict(r);
    one["shown_by"] = shown_by(r);
    out[r.system.name] = std::move(one);
  }
  return out;
}

}  // namespace lc::cli
