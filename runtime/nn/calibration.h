// What the values inside a network range over, seen on samples, and the u8 numbers that follow from that.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include "base/result.h"
#include "nn/graph.h"
#include "nn/model.h"
#include "nn/plan.h"

namespace lc::nn {

class Calibration {
 public:
  //   input_dims  as for a plan; one thread, f32
  //   errors      as of Plan::create; unsupported: nothing in the graph can be computed in 8 bits
  static Result<Calibration> create(const Graph& graph, const std::vector<Dims>& input_dims);

  // Write a sample, then call observe(), which keeps it.
  std::span<float> input() { return plan_.input(0); }
  std::span<const float> output() const { return plan_.output(0); }
  Result<> observe();

  // Numbers for the values that an int8 plan has as u8, by name: of several ways to choose them, the one that changes the
  // outputs least, in the square mean over the samples. Values are gone through one after the other, twice.
  //
  // A channel's step is range ^ a * widest ^ (1 - a) * cut / 255, where `widest` is the largest range of the layer: at a = 0
  // all channels have one step, and small ones drown; at a = 1 each uses all of its 255 steps, and the weights, which take
  // the steps in, drown instead. lc5 loses 0.4 to 1.3 dB at either end and 0.05 to 0.2 between. What a cut below 1 loses at
  // the ends of the range it gains everywhere else.
  //   progress  (done, of)
  Result<std::map<std::string, Steps>> steps(const std::function<void(std::size_t, std::size_t)>& progress) const;

 private:
  struct Watched {
    std::string name;
    std::vector<float> low, high;  // by channel
  };
  struct Sample {
    std::vector<float> input, output;
  };
  Calibration(Graph graph, std::vector<Dims> dims, Plan plan, std::vector<Watched> watched)
      : graph_(std::move(graph)), dims_(std::move(dims)), plan_(std::move(plan)), watched_(std::move(watched)) {}
  Result<double> error_of(const std::map<std::string, Steps>& steps) const;

  Graph graph_;
  std::vector<Dims> dims_;
  Plan plan_;
  std::vector<Watched> watched_;  // outputs of the plan, from the second on
  std::vector<Sample> samples_;
};

}  // namespace lc::nn
