// What else the machine did while something was measured.
#pragma once

#include <string>

namespace lc::cli {

struct MachineNote {
  std::string cpu;
  unsigned cores = 0;
  double load = 0;          // before
  double stolen_share = 0;  // of all processor time, by other guests of the host
  double busy_share = 0;    // of all processor time, by other processes here; children that we waited for are ours
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

}  // namespace lc::cli
