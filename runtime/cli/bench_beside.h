// How many frames a second one bundle encodes beside others: two workers in this process, each on a thread of its own;
// and two threads of one encoder while another process burns a core.
//
// Time on the wall. All four situations encode the same pictures in the same order, in turn, so that what the machine
// does besides hits all of them.
#pragma once

#include <memory>
#include <span>

#include "cli/bench_stages.h"
#include "cli/machine_watch.h"
#include "cli/spread.h"

namespace lc::cli {

class BesideBench {
 public:
  static constexpr int kThreads = 2;    // of the encoder beside the burning process
  static constexpr int kPictures = 12;  // at most, in each situation of a round

  //   settings  threads has no meaning here
  //   errors    what the encoder says; unavailable: there can be no other process
  static Result<BesideBench> create(const StageSettings& settings);
  BesideBench(BesideBench&&) noexcept;
  ~BesideBench();

  // Each situation once. `counts`: false while all is still warming up.
  //   errors  backend
  Result<> run(std::span<const Image> pictures, bool counts);
  // Ends the other process. No more rounds after this.
  void finish();

  const StageSettings& settings() const;
  // Frames a second of each round.
  const Spread& one() const;     // a worker alone, on one thread
  const Spread& two() const;     // of both workers together
  const Spread& alone() const;   // an encoder on kThreads threads
  const Spread& beside() const;  // the same, while another process burns a core
  // What two threads reach beside one where nothing leaves the registers: what the machine has for two; 0: not known.
  double loops_ratio() const;
  // Which share of a core that process got meanwhile; after finish(), as is what else the machine did in all the time.
  double burnt() const;
  const MachineNote& machine() const;

 private:
  struct State;
  explicit BesideBench(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Of medians; 0 of nothing.
double ratio(const Spread& more, const Spread& less);

}  // namespace lc::cli
