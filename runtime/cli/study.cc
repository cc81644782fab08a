#include "cli/study.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/suggest.h"
#include "cli/commands.h"
#include "cli/json_text.h"
#include "cli/measure.h"
#include "cli/paper_report.h"
#include "cli/study_report.h"
#include "cli/target.h"
#include "codec/bundle.h"
#include "quality/png.h"
#include "tensor/convert.h"

namespace lc::cli {
namespace {

bool is_usage(const Error& error) { return error.code == Errc::invalid_config || error.code == Errc::not_found; }

// The first picture and others of its size after cutting.
Result<std::vector<Image>> studied_pictures(const StudyOptions& options) {
  std::vector<Image> out;
  for (const Picture& found : LC_TRY(find_pictures(options.images))) {
    if (out.size() == static_cast<std::size_t>(options.pictures)) break;
    auto picture = quality::load_picture(found.file);
    if (!picture) return within(found.name, picture.error());
    const PixelFormat format = options.in_colour ? PixelFormat::rgb : PixelFormat::gray8;
    Image part = study::part_of(convert(picture->view(), format), options.side, options.side);
    if (out.empty() || (part.width() == out[0].width() && part.height() == out[0].height()))
      out.push_back(std::move(part));
  }
  if (out.size() < 2 || out[0].width() < 64 || out[0].height() < 64)
    return fail(Errc::invalid_config,
                "--images: two pictures of one size or more are needed, of 64 x 64 at least; found {}", out.size());
  return out;
}

Result<StudyReport> cipher_report(const StudyOptions& options, std::span<const Image> pictures) {
  const auto systems =
      LC_TRY(studied_systems(options.all ? std::vector<std::string>{} : options.systems, options.seed));
  const Image& first = pictures.front();
  StudyReport report{static_cast<int>(pictures.size()),      first.width(), first.height(),
                     std::string(to_string(first.format())), first,         {}};
  for (const StudiedSystem& system : systems) {
    std::cerr << fmt::format("{} of {}: {}", report.systems.size() + 1, systems.size(), system.name) << std::flush;
    auto result = study_system(system, pictures);
    if (!result) return std::cerr << '\n', within(system.name, result.error());
    std::cerr << fmt::format(": {}\n", study::to_string(result->verdict));
    report.systems.push_back(*std::move(result));
    if (!options.page.empty()) LC_TRY(save_page(report, options.page));
  }
  return report;
}

// A folder that can be written to, made where it is not there.
Result<> make_page_folder(const std::string& folder) {
  if (folder.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && ::access(folder.c_str(), W_OK) != 0) error.assign(errno, std::generic_category());
  if (error) return fail(Errc::invalid_config, "--page {}: {}", folder, error.message());
  return {};
}

// What is missing of the models and data of all systems, before the first is measured.
Result<> check_there(const std::vector<PaperSystem>& systems, const std::filesystem::path& data) {
  std::vector<std::string> missing, tried;
  const auto need = [&](const Result<>& there) {
    if (!there && std::find(missing.begin(), missing.end(), there.error().text) == missing.end())
      missing.push_back(there.error().text);
  };
  for (const PaperSystem& system : systems) {
    for (const std::string& bundle : {system.model, system.classifier, system.latent_classifier})
      if (!bundle.empty()) need(codec::Bundle::load(bundle).map([](const auto&) {}));
    if (std::find(tried.begin(), tried.end(), system.data) != tried.end()) continue;
    tried.push_back(system.data);
    if (const auto folder = data / (system.data == "photos" ? "kodak" : system.data);
        !std::filesystem::is_directory(folder))
      need(fail(Errc::not_found, "{}: no such folder; --data names the one that holds the data sets", folder.string()));
    else
      need(load_data(system, data).map([](const auto&) {}));
    if (system.data == "photos") need(load_photos(data / "photos-train", 128, 1).map([](const auto&) {}));
  }
  if (missing.empty()) return {};
  std::string lines;
  for (const std::string& one : missing) lines += (lines.empty() ? "" : "\n") + one;
  return fail(Errc::not_found, "{}", lines);
}

// Each into `results`. One that fails is told, and the others go on.
int measure_all(const std::vector<PaperSystem>& systems, const StudyOptions& options,
                std::vector<PaperResult>& results) {
  int exit_code = kOk;
  for (std::size_t i = 0; i < systems.size(); ++i) {
    const PaperSystem& system = systems[i];
    std::cerr << fmt::format("{} of {}: {}", i + 1, systems.size(), system.name) << std::flush;
    auto result = measure_paper_system(system, options.data, options.seed);
    if (!result) {
      std::cerr << '\n';
      complain(within(system.name, result.error()).value()), exit_code = kFailed;
      continue;
    }
    std::cerr << fmt::format(": {}\n", in_a_line(*result));
    results.push_back(*std::move(result));
    // Whoever stops here has the report of what was measured.
    if (options.page.empty()) continue;
    auto saved = save_pictures(results.back(), options.page);
    if (saved) saved = save_page(results, options.page);
    if (!saved) complain(saved.error()), exit_code = kFailed;
  }
  return exit_code;
}

// With --all: the systems, and the ciphers after them, as one report.
int study_all(StudyOptions options) {
  const auto systems = paper_systems(options.systems);
  if (!systems) return complain(systems.error()), kUsage;
  if (options.images.empty()) options.images = {options.data + "/kodak"};
  const bool has_ciphers = options.systems.empty();
  Result<std::vector<Image>> pictures;
  auto there = check_there(*systems, options.data);
  if (there && has_ciphers) {
    pictures = studied_pictures(options);
    if (!pictures) return complain(pictures.error()), kUsage;
  }
  if (there) there = make_page_folder(options.page);
  if (!there) return complain(there.error()), kUsage;

  std::vector<PaperResult> results;
  int exit_code = measure_all(*systems, options, results);
  if (!options.as_json) std::cout << to_markdown(results) << std::flush;
  nlohmann::ordered_json json{{"systems", nlohmann::ordered_json::object()}};
  if (has_ciphers) {
    const auto ciphers = cipher_report(options, *pictures);
    if (!ciphers)
      complain(ciphers.error()), exit_code = kFailed;
    else if (options.as_json)
      json = to_json(*ciphers);
    else
      std::cout << "\n#" << to_markdown(*ciphers);
  }
  const nlohmann::ordered_json published = to_json(results);
  for (const auto& [name, one] : published.items()) json["systems"][name] = one;
  if (options.as_json) std::cout << json_text(json);
  return std::cout.flush() ? exit_code : kFailed;
}

// The ciphers alone.
int study_ciphers(const StudyOptions& options) {
  const auto pictures = studied_pictures(options);
  if (!pictures) return complain(pictures.error()), is_usage(pictures.error()) ? kUsage : kFailed;
  if (const auto folder = make_page_folder(options.page); !folder) return complain(folder.error()), kUsage;
  const auto report = cipher_report(options, *pictures);
  if (!report) return complain(report.error()), is_usage(report.error()) ? kUsage : kFailed;
  std::cout << (options.as_json ? json_text(to_json(*report)) : to_markdown(*report));
  return std::cout.flush() ? kOk : kFailed;
}

}  // namespace

int study(const StudyOptions& options) {
  std::string sentence;
  if (options.all && !options.systems.empty() && !options.of_ciphers.empty())
    sentence = fmt::format("{}: of the ciphers' study, which --system leaves out where --all is given",
                           list_of(options.of_ciphers));
  else if (!options.all && options.has_data)
    sentence = "--data is for --all; --images names the pictures of the ciphers' study";
  else if (!options.all && options.images.empty())
    sentence = "--images or --all is needed: --images FOLDER studies the ciphers, --all the published systems too";
  if (!sentence.empty()) return complain({Errc::invalid_config, sentence}), kUsage;
  return options.all ? study_all(options) : study_ciphers(options);
}

void add_study(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<StudyOptions>();
  CLI::App* command = app.add_subcommand(
      "study",
      "published image ciphers on pictures, beside the sealed path: cost, statistics, and the attacks that break them");
  command->add_option("--images", options->images, "folders of pictures, or picture files; two or more of one size");
  command->add_flag("--all", options->all,
                    "also the five published systems, with their networks and on their data sets: about 15 minutes");
  command->add_option("--data", options->data, "folder of the data sets, for --all")->capture_default_str();
  command->add_option("--system", options->systems,
                      "xor-mask, additive-square, logistic-chaos, aes-features, rsa-lsb, sealed; one variant: "
                      "aes-features:ecb; with --all: P1 to P5, latentcast, or one of their variants; without: all");
  command->add_option("--pictures", options->pictures, "of the ciphers' study, at most")
      ->check(CLI::Range(2, 10000))
      ->capture_default_str();
  command
      ->add_option("--side", options->side, "larger pictures of the ciphers' study are cut to so many pixels each way")
      ->check(CLI::Range(64, 8192))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "of the secrets")->capture_default_str();
  command->add_flag("--colour", options->in_colour, "RGB instead of gray, in the ciphers' study");
  command->add_option("--page", options->page,
                      "also write pages with pictures and plots into this folder, and the report as Markdown and JSON, "
                      "anew when each system is measured");
  command->add_flag("--json", options->as_json, "one JSON object instead of Markdown");
  command->callback([options, command, &exit_code] {
    for (const char* name : {"--images", "--pictures", "--side", "--colour"})
      if (command->count(name) > 0) options->of_ciphers.emplace_back(name);
    options->has_data = command->count("--data") > 0;
    exit_code = study(*options);
  });
}

}  // namespace lc::cli
