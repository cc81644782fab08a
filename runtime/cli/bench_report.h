// What `latentcast bench` says, for people and for machines.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/bench_beside.h"
#include "cli/bench_rivals.h"
#include "cli/bench_stages.h"
#include "cli/machine_watch.h"
#include "cli/network_source.h"

namespace lc::cli {

struct SizeBench {
  PictureSize size;
  int pictures = 0;
  std::vector<std::unique_ptr<StageBench>> ours;
  std::map<std::string, std::map<nn::Precision, std::string>> left_out;  // bundle, precision: why
  std::vector<RivalBench> rivals;
  int rounds = 0;
  std::vector<BesideBench> beside;  // one a bundle
};

// stages.BUNDLE.PRECISION.WIDTHxHEIGHT.THREADS.{key,other}.{PART: {median_ms, min_ms}, bytes, frames, unaccounted,
// clock} or stages.BUNDLE.PRECISION.unavailable, rivals.NAME.WIDTHxHEIGHT.{cpu_ms, min_ms, bytes | skipped},
// loop.BUNDLE.WIDTHxHEIGHT.{cpu_ms, fps_two_cores, precision},
// workers.BUNDLE.WIDTHxHEIGHT.{one, two, ratio, machine_ratio, precision, rounds},
// busy.BUNDLE.WIDTHxHEIGHT.{alone, beside, ratio, burnt, threads, precision, rounds, stolen_share}, machine, source
nlohmann::ordered_json bench_json(const std::vector<SizeBench>& sizes, const MachineNote& machine,
                                  const std::string& source);
std::string sizes_text(const std::vector<SizeBench>& sizes, const std::string& source);
std::string machine_text(const MachineNote& machine);

}  // namespace lc::cli
