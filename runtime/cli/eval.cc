#include "cli/eval.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <thread>

#include "base/file.h"
#include "cli/between.h"
#include "cli/commands.h"
#include "cli/eval_noise.h"
#include "cli/eval_report.h"
#include "cli/eval_still.h"
#include "cli/json_text.h"
#include "cli/measure.h"
#include "cli/target.h"
#include "codec/precision.h"
#include "elements/open_model.h"

namespace lc::cli {
namespace {

Result<nn::Precision> parse_precision(const std::string& word, const codec::Bundle& bundle) {
  for (const auto& [name, choice] : {std::pair{"auto", codec::PrecisionChoice::automatic}, std::pair{"f32", codec::PrecisionChoice::f32},
                                     std::pair{"bf16", codec::PrecisionChoice::bf16}, std::pair{"int8", codec::PrecisionChoice::int8}})
    if (word == name) return codec::choose_precision(bundle, choice);
  return fail(Errc::invalid_config, "--precision: expected auto, f32, bf16 or int8, found '{}'", word);
}

Result<std::vector<Contestant>> contestants(const EvalOptions& options) {
  LC_TRY(options.passphrase.offer());
  std::vector<Contestant> out;
  StreamConditions stream = options.clips.empty() ? StreamConditions{} : options.stream;
  if (!options.stills.empty()) stream.key_interval = 0;
  if (!options.without_rivals && stream.loss == 0 && options.stills.empty()) {
    std::string left_out;
    out = options.clips.empty() ? picture_rivals(left_out) : clip_rivals(stream.key_interval, left_out);
    std::cerr << left_out;
  }
  for (const auto& name : options.bundles) {
    auto bundle = LC_TRY(elements::open_model(name, options.keyring)).bundle;
    LC_TRY(bundle->need(codec::BundleKind::autoencoder));
    for (const int quality : options.qualities)
      if (quality < 0 || quality >= bundle->qualities())
        return fail(Errc::invalid_config, "--qualities: {} has 0 to {}, found {}", bundle->name(),
                    bundle->qualities() - 1, quality);
    const auto same = [&](const Contestant& c) { return c.name == bundle->name(); };
    if (std::any_of(out.begin(), out.end(), same))
      return fail(Errc::invalid_config, "{}: there is another codec of the name '{}'", name, bundle->name());
    const auto add = [&](const std::string& suffix, double loss, bool feedback, nn::Precision precision) {
      StreamConditions conditions = stream;
      conditions.precision = precision;
      conditions.loss = loss;
      conditions.feedback = feedback;
      out.push_back(bundle_contestant(bundle->name() + suffix, bundle, options.qualities, conditions));
    };
    for (const auto& word : options.precisions) {
      const nn::Precision precision = LC_TRY(parse_precision(word, *bundle));
      const std::string suffix = options.precisions.size() == 1 ? "" : ":" + std::string(nn::to_string(precision));
      add(suffix, 0, false, precision);
      if (stream.loss == 0) continue;
      add(suffix + " loss", stream.loss, false, precision);
      add(suffix + " feedback", stream.loss, true, precision);
    }
  }
  return out;
}

// A line that is written over on a terminal; one line for each tenth elsewhere.
void show_progress(std::size_t done, std::size_t of) {
  static const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  if (is_terminal)
    std::cerr << fmt::format("\rcoding and measuring: {} of {}{}", done, of, done == of ? "\n" : "") << std::flush;
  else if (done * 10 / of != (done - 1) * 10 / of)
    std::cerr << fmt::format("coding and measuring: {} of {}\n", done, of);
}

}  // namespace

int eval(EvalOptions options) {
  if (options.jobs == 0) options.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::sort(options.qualities.begin(), options.qualities.end());
  options.qualities.erase(std::unique(options.qualities.begin(), options.qualities.end()), options.qualities.end());
  auto codecs = contestants(options);
  if (!codecs) return complain(codecs.error()), kUsage;
  auto pictures = options.clips.empty() ? find_pictures(options.images) : find_clips(options.clips, options.frames);
  if (!pictures) return complain(pictures.error()), kUsage;
  if (!options.noises.empty()) {
    const auto rows = measure_noise(*pictures, *codecs, options.noises, show_progress);
    if (!rows) return complain(rows.error()), rows.error().code == Errc::invalid_config ? kUsage : kFailed;
    std::cout << (options.as_json ? json_text(noise_json(*rows)) : noise_text(*rows));
    return std::cout.flush() ? kOk : kFailed;
  }
  if (!options.stills.empty()) {
    const auto rows = measure_still(*pictures, *codecs, options.stills, options.frames, show_progress);
    if (!rows) return complain(rows.error()), rows.error().code == Errc::invalid_config ? kUsage : kFailed;
    std::cout << (options.as_json ? json_text(still_json(*rows)) : still_text(*rows));
    return std::cout.flush() ? kOk : kFailed;
  }
  const auto measured = measure(std::move(*pictures), std::move(*codecs), options.jobs, show_progress);
  if (!measured) return complain(measured.error()), kFailed;
  std::cout << (options.as_json ? json_text(to_json(*measured)) : to_text(*measured, options.each_picture));
  if (!options.plot.empty())
    if (const auto saved = save_file(options.plot, as_bytes(to_plot(*measured))); !saved)
      return complain(saved.error()), kFailed;
  return std::cout.flush() ? kOk : kFailed;
}

void add_eval(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* command =
      app.add_subcommand("eval", "rate and distortion of bundles on pictures or clips, beside JPEG, WebP and x264");
  command->add_option("--bundle", options->bundles, "bundles, by name, folder or sealed file")->required();
  command->add_option("--keyring", options->keyring, "opens sealed bundles; default: ~/.config/latentcast/keys")
      ->type_name("FOLDER");
  options->passphrase.add_to(*command);
  auto* sources = command->add_option_group("sources", "what to code")->require_option(1);
  sources->add_option("--images", options->images, "folders of pictures, or picture files");
  sources->add_option("--clips", options->clips, "video files, coded as streams");
  command
      ->add_option("--noise", options->noises,
                   "add noise to the pictures and compare with the clean ones: gaussian:SIGMA, salt-pepper:SHARE, "
                   "speckle:SIGMA, poisson:PHOTONS; several")
      ->delimiter(',')
      ->excludes("--clips");
  command
      ->add_option("--still", options->stills,
                   "code the pictures as clips where nothing moves but noise, such as gaussian:2; several")
      ->delimiter(',')
      ->excludes("--clips")
      ->excludes("--noise");
  command->add_option("--frames", options->frames, "how many frames of each clip, at most")
      ->check(CLI::Range(2, 100000))
      ->capture_default_str();
  command
      ->add_option("--loss", options->stream.loss,
                   "lose this share of a clip's frames: without feedback, and with key frames on request")
      ->check(between(0, 1))
      ->excludes("--images");
  command->add_option("--seed", options->stream.seed, "of what gets lost")->capture_default_str();
  command->add_option("--anchor-interval", options->stream.anchor_interval, "frames from anchor to anchor in clips")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command
      ->add_option("--repair-interval", options->stream.repair_interval,
                   "anchors of which one refers to the key frame itself; 0: none does")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  command->add_option("--key-interval", options->stream.key_interval, "frames from key to key in clips, rivals included")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command->add_option("--qualities", options->qualities, "qualities of the bundles")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--precision", options->precisions, "arithmetic of the bundles' networks: f32, bf16, int8 or auto")
      ->capture_default_str();
  command->add_flag("--json", options->as_json, "one JSON object, with every picture");
  command->add_flag("--each-picture", options->each_picture, "a table for each picture too");
  command->add_flag("--no-rivals", options->without_rivals, "leave JPEG, WebP and x264 out");
  command->add_option("--plot", options->plot, "write the curves to this SVG file")->excludes("--noise")->excludes("--still");
  command->add_option("--jobs", options->jobs, "threads; 0: one a core")->check(CLI::Range(0, 1024));
  command->callback([options, &exit_code] { exit_code = eval(*options); });
}

}  // namespace lc::cli
