// latentcast check, latentcast explain: what a configuration is, without running it.
#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.h"
#include "cli/passphrase_options.h"
#include "cli/target.h"
#include "engine/run.h"

namespace lc::cli {
namespace {

// Graphs of the selected node, or of all.
Result<std::vector<std::pair<std::string, config::Graph>>> graphs(const Target& target) {
  const auto deployment = LC_TRY(target.load());
  std::vector<std::pair<std::string, config::Graph>> out;
  if (!target.node.empty()) {
    const auto node = LC_TRY(deployment.node(target.node));
    out.emplace_back(node.name, LC_TRY(config::resolve(node)));
    return out;
  }
  for (const auto& node : deployment.nodes()) out.emplace_back(node.name, LC_TRY(config::resolve(node)));
  return out;
}

int check(const Target& target, const PassphraseOptions& passphrase) {
  if (const auto offered = passphrase.offer(); !offered) return complain(offered.error()), kUsage;
  const auto found = graphs(target);
  if (!found) return complain(found.error()), kUsage;
  for (const auto& [name, graph] : *found) {
    if (const auto good = engine::check(graph); !good) return complain(good.error()), kUsage;
    std::cout << "ok: node '" << name << "': " << graph.name << ", " << graph.elements.size() << " elements\n";
  }
  return kOk;
}

int explain(const Target& target, const std::string& format) {
  const auto found = graphs(target);
  if (!found) return complain(found.error()), kUsage;
  for (const auto& [name, graph] : *found) {
    if (format == "dot") {
      const auto dot = engine::to_dot(graph);
      if (!dot) return complain(dot.error()), kUsage;
      std::cout << *dot;
      continue;
    }
    std::cout << "# node '" << name << "': " << graph.summary << "\n";
    for (const auto& [parameter, value] : graph.values)
      std::cout << "#   " << parameter << " = " << value.text << "    (" << value.origin << ")\n";
    std::cout << (format == "yaml" ? config::to_yaml(graph) : config::to_launch_line(graph) + "\n");
  }
  return kOk;
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  auto target = std::make_shared<Target>();
  auto passphrase = std::make_shared<PassphraseOptions>();
  CLI::App* command = app.add_subcommand(
      "check", "check a configuration: every element, property, value, link and model; of all nodes, or with --node of one");
  target->add_to(*command);
  passphrase->add_to(*command);
  command->callback([target, passphrase, &exit_code] { exit_code = check(*target, *passphrase); });
}

void add_explain(CLI::App& app, int& exit_code) {
  auto target = std::make_shared<Target>();
  auto format = std::make_shared<std::string>("launch");
  CLI::App* command = app.add_subcommand("explain", "show what a configuration becomes");
  target->add_to(*command);
  command->add_option("--format", *format, "launch (a gst-launch-1.0 line), yaml, dot (Graphviz)")
      ->check(CLI::IsMember({"launch", "yaml", "dot"}))
      ->capture_default_str();
  command->callback([target, format, &exit_code] { exit_code = explain(*target, *format); });
}

}  // namespace lc::cli
