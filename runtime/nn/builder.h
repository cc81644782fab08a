// Stages to tasks: which values share memory, where they lie, and the tasks bound to that.
//
// Values that only their own stage reads live in a worker's memory, one strip of them at a time; the others
// in one arena, values that are alive at different times in the same place. Inputs and outputs of the graph
// share with nobody. A plan that is to be updated keeps all values, each in memory of its own.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "nn/memory_plan.h"
#include "nn/pack.h"
#include "nn/stages.h"

namespace lc::nn {

inline constexpr std::string_view kSlow = " (slow)";  // after the names of reference kernels

// What a plan runs. Tasks point into memory.
struct Step {
  std::unique_ptr<Task> task;
  std::size_t layer;  // of `layers`
  int value;          // what it computes,
  Rows rows;          // and which rows of that
};
struct Program {
  std::vector<Memory> memory;
  std::vector<std::vector<std::vector<Step>>> steps;  // by stage and worker
  std::vector<std::string> layers;                    // a line of words for each
};

class Builder {
 public:
  Builder(const Folded& graph, Lowering& lowering, std::vector<Layer> layers, std::vector<Stage> stages,
          std::size_t threads, bool keeps_all);

  Result<Program> run();

  // Where a graph input or output lies; after run().
  float* data(int value) { return reinterpret_cast<float*>(place_of(value).data); }

 private:
  bool is_input(int value) const;
  bool is_output(int value) const;
  bool is_alias(const Layer& layer) const;
  void find_roots();
  void find_locals();
  Result<> find_in_place();
  Result<bool> read_row_by_row(std::size_t layer, int value);
  int holder(int value) const;
  void find_buffers();
  Result<> size_locals();
  Result<> size_locals(const Stage& stage);
  Result<> allocate_memory();
  Result<> bind_scratch();
  Place place_of(int value);
  Lowering::Places places(const Stage& stage, const RowsOf& rows, std::size_t worker);
  Result<> make_tasks(const Stage& stage);
  void describe(const Layer& layer, const Tasks& tasks, std::size_t strips, bool first);

  const Folded& graph_;
  Lowering& lowering_;
  const std::vector<Layer> layers_;
  const std::vector<Stage> stages_;
  const std::size_t threads_;
  const bool keeps_all_;

  std::vector<int> root_;         // by value: the value in whose memory it lies, for reshaped ones another
  std::vector<int> last_reader_;  // by root: layer, or -1
  std::vector<std::size_t> stage_of_;  // by layer
  std::vector<int> buffer_, local_;    // by value: number of its buffer; stage that it is local to; or -1
  std::vector<bool> in_place_;         // by layer: adds to its residual where that lies
  std::unordered_map<int, int> residual_of_;  // by output of such a layer: root of the residual
  std::vector<Lifetime> buffers_;
  std::unordered_map<int, std::size_t> local_offset_;
  std::size_t local_bytes_ = 0, scratch_bytes_ = 0;
  Program program_;
  std::byte* arena_ = nullptr;  // program_.memory[0], also when run() has given that away
};

}  // namespace lc::nn
