// The options that name a configuration, shared by run, check and explain.
#pragma once

#include <string>
#include <vector>

#include "config/deployment.h"

namespace CLI {
class App;
}

namespace lc::cli {

struct Target {
  std::string file, node;
  std::vector<std::string> settings;  // name=value

  void add_to(CLI::App& command);
  Result<config::Deployment> load() const;
};

// Prints "latentcast: sentence" to standard error.
void complain(const Error& error);

}  // namespace lc::cli
