// What `latentcast bench` says of networks, for people and for machines.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/bench_networks.h"

namespace lc::cli {

// NAME.PRECISION, with the keys that `latentcast bench --help` tells. On the top level stands the size 1280x720 and one
// thread where they were measured, the first size and number of threads otherwise; `at.SIZE.THREADS` has all.
nlohmann::ordered_json networks_json(const std::vector<NetworkBench>& benches, bool with_layers);
// PRECISION.{gops, instruction}: medians over all benches; without gops where the processor has no such instruction.
nlohmann::ordered_json peaks_json(const std::vector<NetworkBench>& benches);

// `runtime` none: says how to get it.
std::string networks_text(const std::vector<NetworkBench>& benches, const OnnxRuntime* runtime);
// The layers of each network at the first size and number of threads, and the kernels that run them.
std::string layers_text(const std::vector<NetworkBench>& benches);

}  // namespace lc::cli
