// latentcast run: one node, until its end, an error, a signal or a time limit.
#include "engine/run.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/between.h"
#include "cli/commands.h"
#include "cli/passphrase_options.h"
#include "cli/samples.h"
#include "cli/side_by_side.h"
#include "cli/target.h"
#include "quality/png.h"

namespace lc::cli {
namespace {

struct RunArguments {
  Target target;
  PassphraseOptions passphrase;
  double seconds = 0;
  std::string status = "line";
  std::string sample_folder, compare_folder, compare_image, labels_file;
  int sample_every = 25;
  bool shows_record = false;
};

// Prints statuses; false when nobody reads them any more.
bool print(const std::string& format, const engine::Status& status) {
  if (format == "none") return true;
  std::cout << (format == "json" ? to_json(status) : to_line(status)) << std::endl;
  return !std::cout.fail();
}

// Source beside decoded picture, with its numbers.
Image picture_of(const SampleComparer::Pair& pair, const engine::Status& status) {
  return side_by_side(pair.source.view(), pair.decoded.view(),
                      fmt::format("source {}x{}", pair.source.width(), pair.source.height()),
                      fmt::format("received  PSNR {:.2f} dB  {:.3f} bpp", pair.psnr_db, status.bpp.value_or(0)));
}

int run(const RunArguments& arguments) {
  const auto deployment = arguments.target.load();
  if (!deployment) return complain(deployment.error()), kUsage;
  const auto node = deployment->node(arguments.target.node);
  if (!node) return complain(node.error()), kUsage;
  const auto graph = config::resolve(*node);
  if (!graph) return complain(graph.error()), kUsage;

  if (const auto offered = arguments.passphrase.offer(); !offered) return complain(offered.error()), kUsage;

  engine::RunOptions options;
  options.node = node->name;
  options.seconds = arguments.seconds;
  std::unique_ptr<SampleKeeper> keeper;
  std::unique_ptr<SampleComparer> comparer;
  if (!arguments.sample_folder.empty()) {
    auto made = SampleKeeper::create(arguments.sample_folder, arguments.sample_every);
    if (!made) return complain(made.error()), kUsage;
    keeper = std::move(*made);
    keeper->add_taps(options.taps);
  }
  if (!arguments.compare_folder.empty()) {
    comparer = std::make_unique<SampleComparer>(arguments.compare_folder);
    comparer->add_taps(options.taps);
  }
  options.on_monitor = [&](const std::string& url) { std::cerr << "latentcast: monitor page: " << url << std::endl; };
  if (arguments.shows_record)
    options.on_record = [](const std::string& record, bool is_sealed) {
      std::cerr << "latentcast: record " << (is_sealed ? "of this stream" : "hidden in these pictures, by whomever") << ": "
                << (record.empty() ? "none" : record) << "\n";
    };
  options.on_note = [](const std::string& sentence) { std::cerr << "latentcast: " << sentence << "\n"; };
  options.on_status = [&](engine::Status& status) {
    if (keeper) keeper->add_to(status);
    if (comparer && status.is_final) comparer->finish();
    if (comparer) comparer->add_to(status);
    return print(arguments.status, status);
  };
  std::ofstream labels;
  if (!arguments.labels_file.empty()) {
    labels.open(arguments.labels_file, std::ios::trunc);
    if (!labels) return complain({Errc::unavailable, arguments.labels_file + ": cannot be written"}), kUsage;
    options.on_label = [&](const engine::LabelNote& note) {
      labels << nlohmann::json{{"pts_ns", note.pts_ns}, {"label", note.label}, {"confidence", note.confidence}}
             << std::endl;
    };
  }
  const auto outcome = engine::run(*graph, options);
  if (comparer && comparer->last() && !arguments.compare_image.empty())
    if (const auto saved =
            quality::save_png(arguments.compare_image, picture_of(*comparer->last(), outcome.status).view());
        !saved)
      complain(saved.error());
  if (outcome.error) return complain(*outcome.error), outcome.was_built ? kFailed : kUsage;
  return kOk;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "run a node of a configuration");
  arguments->target.add_to(*command);
  arguments->passphrase.add_to(*command);
  command
      ->add_option_function<std::string>(
          "--monitor", [arguments](const std::string& address) { arguments->target.settings.push_back("monitor=" + address); },
          "serve a page with picture and numbers at HOST:PORT: --set monitor=HOST:PORT")
      ->type_name("HOST:PORT");
  command->add_option("--seconds", arguments->seconds, "stop after this time; 0: at the end of the stream")
      ->check(between(0, 1e9));
  command->add_option("--status", arguments->status, "once a second: line, json (one object a line), none")
      ->check(CLI::IsMember({"line", "json", "none"}))
      ->capture_default_str();
  command->add_option("--sample-frames", arguments->sample_folder, "keep source pictures in this folder, for PSNR");
  command->add_option("--sample-every", arguments->sample_every, "keep every n-th picture")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--compare-frames", arguments->compare_folder,
                      "compare decoded pictures with those that the device keeps in this folder");
  command->add_option("--compare-image", arguments->compare_image, "write the last compared pair to this PNG file");
  command->add_flag("--show-record", arguments->shows_record,
                    "print the record that a device sends along, as of a patient; else it is only told to be there");
  command->add_option("--labels", arguments->labels_file,
                      "write what cnnclassify says to this file, one JSON object a line (post-messages: when)");
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace lc::cli
