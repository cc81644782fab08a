// The subcommand `models`.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/json_text.h"
#include "cli/passphrase_options.h"
#include "cli/quantise.h"
#include "cli/sealed_models.h"
#include "cli/target.h"
#include "codec/precision.h"
#include "elements/open_model.h"

namespace lc::cli {
namespace {

using Json = nlohmann::ordered_json;

int list(const std::string& keyring, bool as_json) {
  Json all = Json::array();
  std::string text;
  for (const auto& path : codec::list_bundles()) {
    const auto model = elements::open_model(path, keyring);
    if (!model) {
      complain(model.error());
      continue;
    }
    const codec::Bundle& bundle = *model->bundle;
    const std::string_view kind = to_string(bundle.kind());
    const auto precision = nn::to_string(codec::choose_precision(bundle, codec::PrecisionChoice::automatic));
    all.push_back({{"name", bundle.name()},
                   {"kind", kind},
                   {"summary", bundle.summary()},
                   {"id", bundle.latent_space_hex()},
                   {"precision", precision},
                   {"folder", path.string()}});
    text += fmt::format("{:<24} {:<15} {:>5}  {:.8}  {}\n", bundle.name(), kind, precision, bundle.latent_space_hex(),
                        bundle.summary());
  }
  std::cout << (as_json ? json_text(all) : text);
  return all.empty() ? kFailed : kOk;
}

void show_progress(std::size_t done, std::size_t of) {
  if (::isatty(STDERR_FILENO) == 1)
    std::cerr << fmt::format("\rcalibrating and measuring: {} of {}{}", done, of, done == of ? "\n" : "") << std::flush;
}

int run_quantise(const QuantiseOptions& options, bool as_json) {
  const auto done = quantise(options, show_progress);
  if (!done) {
    complain(done.error());
    return done.error().code == Errc::invalid_config || done.error().code == Errc::not_found ? kUsage : kFailed;
  }
  if (as_json) {
    const auto both = [](codec::Bundle::Loss loss) { return Json::array({loss.low_db, loss.high_db}); };
    std::cout << json_text(Json{{"calibrated", done->calibrated},
                                {"measured", done->measured},
                                {"bf16_db", both(done->bf16)},
                                {"int8_db", both(done->int8)},
                                {"bound_db", Json::array({done->bound_low_db, done->bound_high_db})},
                                {"id", done->latent_space}});
    return kOk;
  }
  const auto line = [&](const char* name, codec::Bundle::Loss loss) {
    const bool stays = loss.low_db <= done->bound_low_db && loss.high_db <= done->bound_high_db;
    return fmt::format("  {:<5} {:7.3f} {:9.3f}   {}\n", name, loss.low_db, loss.high_db, stays ? "within" : "not within");
  };
  std::cout << fmt::format("{} pictures calibrated, {} measured\nloss in dB at 35 dB and at 40 dB; bound {} and {}\n",
                           done->calibrated, done->measured, done->bound_low_db, done->bound_high_db)
            << line("bf16", done->bf16) << line("int8", done->int8)
            << fmt::format("the bundle's id is now {}: what was coded before needs the earlier files\n", done->latent_space);
  return kOk;
}

}  // namespace

void add_models(CLI::App& app, int& exit_code) {
  auto* models = app.add_subcommand("models", "lists models, prepares them for 8-bit arithmetic, signs and seals them");
  models->require_subcommand(1);
  auto as_json = std::make_shared<bool>(false);
  auto* list_command = models->add_subcommand("list", "every bundle that is found by name, and its arithmetic on this processor");
  list_command->add_flag("--json", *as_json, "one JSON array");
  auto keyring = std::make_shared<std::string>();
  list_command->add_option("--keyring", *keyring, "opens sealed bundles; default: ~/.config/latentcast/keys")
      ->type_name("FOLDER");
  auto passphrase = std::make_shared<PassphraseOptions>();
  passphrase->add_to(*list_command);
  list_command->callback([as_json, keyring, passphrase, &exit_code] {
    const auto offered = passphrase->offer();
    if (!offered) complain(offered.error());
    exit_code = offered ? list(*keyring, *as_json) : kUsage;
  });
  add_sealed_models(*models, exit_code);

  auto options = std::make_shared<QuantiseOptions>();
  auto* command = models->add_subcommand(
      "quantize", "sees what the values in an autoencoder range over, writes 8-bit numbers for them into its files and "
                  "measures the loss");
  command->add_option("bundle", options->bundle, "a bundle, by name or folder; its files are replaced")->required();
  command->add_option("--images", options->images, "pictures like those it is for, and folders of them")->required();
  command->add_option("--pictures", options->pictures, "how many of them at most: half calibrates, half measures")
      ->check(CLI::Range(4, 1000))
      ->capture_default_str();
  command->add_flag("--json", *as_json, "one JSON object");
  command->callback([options, as_json, &exit_code] { exit_code = run_quantise(*options, *as_json); });
}

}  // namespace lc::cli
