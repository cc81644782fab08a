#include "cli/machine_watch.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "cli/clocks.h"

namespace lc::cli {

MachineWatch::MachineWatch() : begin_(read()), own_ms_(process_ms() + children_ms()) {
  double loads[1] = {0};
  load_ = ::getloadavg(loads, 1) == 1 ? loads[0] : 0;
}

MachineWatch::Times MachineWatch::read() {
  std::ifstream file("/proc/stat");
  std::string word;
  Times times;
  file >> word;
  double value = 0;
  for (int field = 0; field < 8 && file >> value; ++field) {  // user nice system idle iowait irq softirq steal
    times.all += value;
    if (field == 3 || field == 4) times.idle += value;
    if (field == 7) times.stolen = value;
  }
  return times;
}

MachineNote MachineWatch::finish() const {
  const Times end = read();
  MachineNote note;
  note.cores = std::thread::hardware_concurrency();
  note.load = load_;
  if (const double all = end.all - begin_.all; all > 0) {
    const double own = (process_ms() + children_ms() - own_ms_) / 10;  // in ticks of 10 ms
    note.stolen_share = (end.stolen - begin_.stolen) / all;
    note.busy_share = std::max(0.0, (all - (end.idle - begin_.idle) - (end.stolen - begin_.stolen) - own) / all);
  }
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name") && line.find(':') != std::string::npos) {
      note.cpu = line.substr(line.find(':') + 2);
      break;
    }
  return note;
}

}  // namespace lc::cli
