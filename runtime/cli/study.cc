#include "cli/study.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/json_text.h"
#include "cli/measure.h"
#include "cli/study_report.h"
#include "cli/target.h"
#include "quality/png.h"
#include "tensor/convert.h"

namespace lc::cli {
namespace {

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

}  // namespace

int study(const StudyOptions& options) {
  const auto systems = studied_systems(options.systems, options.seed);
  if (!systems) return complain(systems.error()), kUsage;
  const auto pictures = studied_pictures(options);
  if (!pictures) return complain(pictures.error()), kUsage;
  const Image& first = pictures->front();
  StudyReport report{static_cast<int>(pictures->size()),     first.width(), first.height(),
                     std::string(to_string(first.format())), first,         {}};
  for (const StudiedSystem& system : *systems) {
    std::cerr << fmt::format("{} of {}: {}\n", report.systems.size() + 1, systems->size(), system.name);
    auto result = study_system(system, *pictures);
    if (!result) return complain(within(system.name, result.error()).value()), kFailed;
    report.systems.push_back(*std::move(result));
  }
  if (!options.page.empty())
    if (const auto saved = save_page(report, options.page); !saved) return complain(saved.error()), kFailed;
  std::cout << (options.as_json ? json_text(to_json(report)) : to_markdown(report));
  return std::cout.flush() ? kOk : kFailed;
}

void add_study(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<StudyOptions>();
  CLI::App* command = app.add_subcommand(
      "study",
      "published image ciphers on pictures, beside the sealed path: cost, statistics, and the attacks that break them");
  command->add_option("--images", options->images, "folders of pictures, or picture files; two or more of one size")
      ->required();
  command->add_option("--system", options->systems,
                      "xor-mask, additive-square, logistic-chaos, aes-features, rsa-lsb, sealed; one variant: "
                      "aes-features:ecb; without: all");
  command->add_option("--pictures", options->pictures, "how many, at most")
      ->check(CLI::Range(2, 10000))
      ->capture_default_str();
  command->add_option("--side", options->side, "larger pictures are cut to so many pixels each way")
      ->check(CLI::Range(64, 8192))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "of the secrets")->capture_default_str();
  command->add_flag("--colour", options->in_colour, "RGB instead of gray");
  command->add_option("--page", options->page, "also write index.html with pictures and histograms into this folder");
  command->add_flag("--json", options->as_json, "one JSON object instead of Markdown");
  command->callback([options, &exit_code] { exit_code = study(*options); });
}

}  // namespace lc::cli
