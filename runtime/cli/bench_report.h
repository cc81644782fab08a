// What `latentcast bench` says, for people and for machines.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/bench_rivals.h"
#include "cli/bench_stages.h"
#include "cli/network_source.h"

namespace lc::cli {

struct SizeBench {
  PictureSize size;
  int pictures = 0;
  std::vector<std::unique_ptr<StageBench>> ours;
  std::map<std::string, std::map<nn::Precision, std::string>> left_out;  // bundle, precision: why
  std::vector<RivalBench> rivals;
  int rounds = 0;
};

// The machine while it was measured.
struct MachineNote {
  std::string cpu;
  unsigned cores = 0;
  double load = 0;          // before
  double stolen_share = 0;  // of all processor time, by other guests of the host
  double busy_share = 0;    // of all processor time, by other processes here
};

// From a begin to an end, with /proc/stat; zeros where the system has none.
class MachineWatch {
 public:
  MachineWatch();
  MachineNote finish() const;

 private:
  struct Times {
    double all = 0, idle = 0, stolen = 0;
  };
  static Times read();
  Times begin_;
  double own_ms_;
  double load_;
};

// stages.BUNDLE.PRECISION.WIDTHxHEIGHT.THREADS.{key,other}.{PART: {median_ms, min_ms}, bytes, frames, unaccounted,
// clock} or stages.BUNDLE.PRECISION.unavailable, rivals.NAME.WIDTHxHEIGHT.{cpu_ms, min_ms, bytes | skipped},
// loop.BUNDLE.WIDTHxHEIGHT.{cpu_ms, fps_two_cores, precision}, machine, source
nlohmann::ordered_json bench_json(const std::vector<SizeBench>& sizes, const MachineNote& machine,
                                  const std::string& source);
std::string sizes_text(const std::vector<SizeBench>& sizes, const std::string& source);
std::string machine_text(const MachineNote& machine);

}  // namespace lc::cli
