#include "cli/target.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace lc::cli {

void Target::add_to(CLI::App& command) {
  command.add_option("config", file, "configuration or pipeline file (YAML)")->required();
  command.add_option("--node", node, "which node of the configuration; not needed where there is one");
  command
      .add_option("--set", settings,
                  "name=value: a parameter of the configuration, of the node's pipeline, or "
                  "node.name=value; may be given several times")
      ->allow_extra_args(false);
}

Result<config::Deployment> Target::load() const {
  config::Values values;
  for (const auto& argument : settings) {
    auto [name, value] = LC_TRY(config::parse_setting(argument));
    values[name] = std::move(value);
  }
  return config::Deployment::load(file, values, node);
}

void complain(const Error& error) { std::cerr << "latentcast: " << error.text << "\n"; }

}  // namespace lc::cli
