#include "nn/plan.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "nn/memory_plan.h"
#include "nn/stages.h"
#include "nn/threads.h"

namespace lc::nn {
namespace {

constexpr std::size_t kMaxPlanBytes = std::size_t{4} << 30;
constexpr int kMaxThreads = 64;

struct FreeMemory {
  void operator()(void* p) const { std::free(p); }
};
using Memory = std::unique_ptr<std::byte, FreeMemory>;

// Zeroed, so that no page is missing in the first run.
Result<Memory> allocate(std::size_t bytes) {
  if (bytes > kMaxPlanBytes)
    return fail(Errc::unsupported, "the plan needs {} MiB; at most {} are supported", bytes >> 20, kMaxPlanBytes >> 20);
  bytes = (bytes / kAlignment + 1) * kAlignment;
  Memory memory(static_cast<std::byte*>(std::aligned_alloc(kAlignment, bytes)));
  if (!memory) return fail(Errc::unavailable, "no memory: {} MiB are needed", bytes >> 20);
  std::memset(memory.get(), 0, bytes);
  return memory;
}

}  // namespace

class Plan::Impl {
 public:
  Impl(Folded g, onednn::Device device, std::size_t threads)
      : graph(std::move(g)), lowering(graph, std::move(device)), outcome(threads) {}

  void work(std::size_t worker) {
    outcome[worker] = {};
    for (const auto& stage : tasks) {
      for (const auto& task : stage[worker]) {
        if (!outcome[worker]) break;
        outcome[worker] = task->run();
      }
      workers->meet();
    }
  }

  Folded graph;
  Lowering lowering;
  std::vector<std::vector<Tasks>> tasks;  // by stage and worker
  std::vector<Result<>> outcome;          // by worker
  std::vector<Memory> memory;
  std::vector<Dims> input_shapes, output_shapes;
  std::vector<std::span<float>> inputs;
  std::vector<std::span<const float>> outputs;
  std::string description;
  std::unique_ptr<Workers> workers;  // last: its threads use the rest
};

namespace {

// Everything between layers and tasks: which values share memory, where they lie.
class Builder {
 public:
  Builder(const Folded& graph, Lowering& lowering, std::vector<Layer> layers, std::vector<Stage> stages, std::size_t threads)
      : graph_(graph), lowering_(lowering), layers_(std::move(layers)), stages_(std::move(stages)), threads_(threads),
        root_(graph.values.size()), last_reader_(graph.values.size(), -1), stage_of_(layers_.size()),
        buffer_(graph.values.size(), -1), local_(graph.values.size(), -1), in_place_(layers_.size()) {}

  Result<> run(std::vector<Memory>& memory, std::vector<std::vector<Tasks>>& tasks) {
    find_roots();
    find_locals();
    LC_TRY(find_in_place());
    find_buffers();
    std::size_t arena = place(buffers_);
    memory.push_back(LC_TRY(allocate(arena)));
    LC_TRY(size_locals());
    for (std::size_t i = 0; i < threads_; ++i) memory.push_back(LC_TRY(allocate(local_bytes_)));
    arena_ = memory[0].get();
    for (std::size_t i = 0; i < threads_; ++i) worker_memory_.push_back(memory[1 + i].get());
    LC_TRY(make_tasks(tasks));
    for (std::size_t i = 0; i < threads_; ++i) {
      memory.push_back(LC_TRY(allocate(scratch_bytes_)));
      for (auto& stage : tasks)
        for (auto& task : stage[i]) task->bind_scratch(memory.back().get());
    }
    return {};
  }

  // Where a graph input or output lies.
  float* data(int value) { return place_of(value).data; }
  const std::string& description() const { return description_; }

 private:
  static std::size_t at(int value) { return static_cast<std::size_t>(value); }
  bool is_input(int value) const { return std::find(graph_.inputs.begin(), graph_.inputs.end(), value) != graph_.inputs.end(); }
  bool is_output(int value) const { return std::find(graph_.outputs.begin(), graph_.outputs.end(), value) != graph_.outputs.end(); }

  // The value in whose memory a reshaped one lies. An output of the graph always has memory of its own.
  void find_roots() {
    for (std::size_t i = 0; i < root_.size(); ++i) root_[i] = static_cast<int>(i);
    for (std::size_t s = 0; s < stages_.size(); ++s)
      for (std::size_t l : stages_[s].layers) stage_of_[l] = s;
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const Layer& layer = layers_[l];
      if (lowering_.is_alias(layer) && !is_output(layer.output)) root_[at(layer.output)] = root_[at(layer.node.inputs[0])];
      for (int value : layer.reads(graph_)) last_reader_[at(root_[at(value)])] = static_cast<int>(l);
    }
  }

  bool is_alias(const Layer& layer) const { return root_[at(layer.output)] != layer.output; }

  // A value that only its own stage reads lives in the worker's memory, one strip at a time.
  void find_locals() {
    std::vector<bool> leaves(graph_.values.size());
    std::vector<int> maker(graph_.values.size(), -1);
    for (std::size_t l = 0; l < layers_.size(); ++l) maker[at(layers_[l].output)] = static_cast<int>(stage_of_[l]);
    for (std::size_t l = 0; l < layers_.size(); ++l)
      for (int value : layers_[l].reads(graph_))
        if (maker[at(value)] != static_cast<int>(stage_of_[l]) || root_[at(value)] != value || is_alias(layers_[l]))
          leaves[at(root_[at(value)])] = leaves[at(value)] = true;
    for (const Stage& stage : stages_) {
      if (stage.layers.size() < 2) continue;
      for (std::size_t l : stage.layers) {
        const int value = layers_[l].output;
        if (l == stage.layers.back() || leaves[at(value)] || is_output(value) || is_alias(layers_[l])) continue;
        local_[at(value)] = static_cast<int>(stage_of_[l]);
      }
    }
  }

  // A layer may add to its residual where that lies, if nobody needs the residual afterwards.
  Result<> find_in_place() {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const Layer& layer = layers_[l];
      const int r = layer.residual;
      if (r == kAbsent || graph_.constant(r)) continue;
      const int root = root_[at(r)];
      const bool both_local = local_[at(root)] >= 0 && local_[at(layer.output)] >= 0;
      const bool none_local = local_[at(root)] < 0 && local_[at(layer.output)] < 0;
      if (is_input(root) || is_output(root) || graph_.constant(root) || last_reader_[at(root)] != static_cast<int>(l)) continue;
      if (!both_local && !none_local) continue;
      bool also_read = false;
      for (int in : layer.node.inputs) also_read = also_read || (in != kAbsent && root_[at(in)] == root);
      if (also_read || (none_local && !LC_TRY(read_row_by_row(l, root)))) continue;
      in_place_[l] = true;
      root_of_sum_[layer.output] = root;
    }
    return {};
  }

  // The other layers of the stage that read `value` read no row that another strip overwrites.
  Result<bool> read_row_by_row(std::size_t layer, int value) {
    const Stage& stage = stages_[stage_of_[layer]];
    if (stage.strips.size() == 1) return true;
    for (const Rows& strip : stage.strips) {
      const RowsOf rows = LC_TRY(trace(lowering_, layers_, stage, strip, graph_));
      const auto read = rows.find(layers_[layer].residual);
      if (read == rows.end() || read->second != rows.at(layers_[layer].output)) return false;
      for (std::size_t l : stage.layers)
        for (int in : layers_[l].reads(graph_))
          if (root_[at(in)] == value && in != layers_[layer].residual) return false;
    }
    return true;
  }

  // The value whose buffer holds this one: through reshapes and sums in place.
  int holder(int value) const {
    for (;;) {
      const int root = root_[at(value)];
      const auto sum = root_of_sum_.find(root);
      if (sum == root_of_sum_.end()) return root;
      value = sum->second;
    }
  }

  void find_buffers() {
    const int end = static_cast<int>(stages_.size());
    const auto use = [&](int value, int stage) {
      const int h = holder(value);
      if (graph_.constant(h) || local_[at(h)] >= 0) return;
      const bool border = is_input(h) || is_output(value) || is_output(h);
      const int first = border ? -1 : stage, last = border ? end : stage;
      if (buffer_[at(h)] < 0) {
        buffer_[at(h)] = static_cast<int>(buffers_.size());
        buffers_.push_back({static_cast<std::size_t>(count(graph_.dims(h))) * sizeof(float), first, last});
      }
      Lifetime& b = buffers_[at(buffer_[at(h)])];
      b.first = std::min(b.first, first);
      b.last = std::max(b.last, last);
    };
    for (int value : graph_.inputs) use(value, -1);
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      for (int value : layers_[l].reads(graph_)) use(value, static_cast<int>(stage_of_[l]));
      use(layers_[l].output, static_cast<int>(stage_of_[l]));
    }
  }

  Result<> size_locals() {
    for (const Stage& stage : stages_) {
      std::unordered_map<int, std::pair<std::int64_t, std::pair<int, int>>> use;  // rows, first and last layer
      for (const Rows& strip : stage.strips) {
        const RowsOf rows = LC_TRY(trace(lowering_, layers_, stage, strip, graph_));
        for (const auto& [value, r] : rows)
          if (local_[at(value)] >= 0) use[holder(value)].first = std::max(use[holder(value)].first, r.size());
      }
      for (auto& [value, u] : use) u.second = {static_cast<int>(layers_.size()), -1};
      for (std::size_t l : stage.layers) {
        auto values = layers_[l].reads(graph_);
        values.push_back(layers_[l].output);
        for (int value : values) {
          if (local_[at(value)] < 0) continue;
          auto& [first, last] = use[holder(value)].second;
          first = std::min(first, static_cast<int>(l));
          last = std::max(last, static_cast<int>(l));
        }
      }
      std::vector<Lifetime> lives;
      std::vector<int> values;
      for (const auto& [value, u] : use) {
        lives.push_back({static_cast<std::size_t>(u.first * row_elements(graph_.dims(value))) * sizeof(float), u.second.first, u.second.second});
        values.push_back(value);
      }
      local_bytes_ = std::max(local_bytes_, place(lives));
      for (std::size_t i = 0; i < values.size(); ++i) local_offset_[values[i]] = lives[i].offset;
    }
    return {};
  }

  Place place_of(int value) {
    const int h = holder(value);
    if (graph_.constant(h)) return {const_cast<float*>(lowering_.constant_in_memory(h)), 0};
    return {reinterpret_cast<float*>(arena_ + buffers_[at(buffer_[at(h)])].offset), 0};
  }

  Result<Lowering::Places> places(const Stage& stage, Rows strip, std::size_t worker) {
    Lowering::Places out;
    const RowsOf rows = LC_TRY(trace(lowering_, layers_, stage, strip, graph_));
    for (std::size_t l : stage.layers) {
      auto values = layers_[l].reads(graph_);
      values.push_back(layers_[l].output);
      for (int value : values) {
        if (local_[at(value)] < 0) out[value] = place_of(value);
        else out[value] = {reinterpret_cast<float*>(worker_memory_[worker] + local_offset_.at(holder(value))), rows.at(value).begin};
      }
    }
    return out;
  }

  Result<> make_tasks(std::vector<std::vector<Tasks>>& out) {
    for (const Stage& stage : stages_) {
      std::vector<Tasks> by_worker(threads_);
      const std::size_t strips = stage.strips.size();
      for (std::size_t i = 0; i < strips; ++i) {
        const std::size_t worker = i * threads_ / strips;
        const auto where = LC_TRY(places(stage, stage.strips[i], worker));
        const RowsOf rows = LC_TRY(trace(lowering_, layers_, stage, stage.strips[i], graph_));
        for (std::size_t l : stage.layers) {
          if (is_alias(layers_[l])) continue;
          auto tasks = LC_TRY(lowering_.make(layers_[l], rows.at(layers_[l].output), where, in_place_[l]));
          if (i == 0) describe(layers_[l], tasks, strips, l == stage.layers.front());
          for (auto& task : tasks) {
            scratch_bytes_ = std::max(scratch_bytes_, task->scratch_bytes());
            by_worker[worker].push_back(std::move(task));
          }
        }
      }
      out.push_back(std::move(by_worker));
    }
    return {};
  }

  void describe(const Layer& layer, const Tasks& tasks, std::size_t strips, bool first) {
    std::string kernels;
    for (const auto& task : tasks) {
      kernels += (kernels.empty() ? "" : " + ") + task->name();
      if (task->name().find("ref") != std::string::npos) kernels += " (slow)";
    }
    std::string post;
    for (const auto& op : layer.post) post += op.kind == onednn::PostOp::sum ? " +sum" : " +activation";
    const std::string in = layer.node.inputs.empty() ? "" : to_string(graph_.dims(layer.node.inputs[0]));
    description_ += fmt::format("{} {}{}: {} -> {}: {}\n", first ? fmt::format("[{:>2} strips]", strips) : "           ", layer.node.title(),
                                post, in, to_string(graph_.dims(layer.output)), kernels);
  }

  const Folded& graph_;
  Lowering& lowering_;
  std::vector<Layer> layers_;
  std::vector<Stage> stages_;
  const std::size_t threads_;

  std::vector<int> root_, last_reader_;
  std::vector<std::size_t> stage_of_;  // by layer
  std::vector<int> buffer_, local_;    // by value: buffer; stage that it is local to; -1
  std::vector<bool> in_place_;         // by layer
  std::unordered_map<int, int> root_of_sum_;
  std::vector<Lifetime> buffers_;
  std::unordered_map<int, std::size_t> local_offset_;
  std::size_t local_bytes_ = 0, scratch_bytes_ = 0;
  std::byte* arena_ = nullptr;
  std::vector<std::byte*> worker_memory_;
  std::string description_;
};

Result<> check(const PlanOptions& options) {
  if (options.threads < 1 || options.threads > kMaxThreads)
    return fail(Errc::invalid_config, "threads: expected 1 to {}, found {}", kMaxThreads, options.threads);
  if (options.precision != Precision::f32)
    return fail(Errc::unsupported, "precision: only f32 is supported so far");
  return {};
}

}  // namespace

Result<Plan> Plan::create(const Graph& graph, const PlanOptions& options) {
  const auto make = [&]() -> Result<std::unique_ptr<Impl>> {
    LC_TRY(check(options));
    const SingleThreaded team_of_one;
    const auto threads = static_cast<std::size_t>(options.threads);
    auto impl = std::make_unique<Impl>(LC_TRY(fold(graph.model(), options.input_dims)), LC_TRY(onednn::Device::create()), threads);
    auto layers = LC_TRY(fuse(impl->graph));
    auto stages = LC_TRY(make_stages(impl->graph, impl->lowering, layers, options.threads));
    Builder builder(impl->graph, impl->lowering, std::move(layers), std::move(stages), threads);
    LC_TRY(builder.run(impl->memory, impl->tasks));
    impl->description = builder.description();
    for (int value : impl->graph.inputs) {
      const Dims& dims = impl->graph.dims(value);
      impl->input_shapes.push_back(memory_dims(dims));
      impl->inputs.emplace_back(builder.data(value), static_cast<std::size_t>(count(dims)));
    }
    for (int value : impl->graph.outputs) {
      const Dims& dims = impl->graph.dims(value);
      impl->output_shapes.push_back(memory_dims(dims));
      impl->outputs.emplace_back(builder.data(value), static_cast<std::size_t>(count(dims)));
    }
    impl->workers = std::make_unique<Workers>(threads, [raw = impl.get()](std::size_t worker) { raw->work(worker); });
    return impl;
  };
  auto impl = make();
  if (!impl) return within(graph.model().origin, std::move(impl).error());
  return Plan(*std::move(impl));
}

Plan::Plan(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;
Plan::~Plan() = default;

std::size_t Plan::inputs() const { return impl_->inputs.size(); }
std::size_t Plan::outputs() const { return impl_->outputs.size(); }
const Dims& Plan::input_shape(std::size_t index) const { return impl_->input_shapes.at(index); }
const Dims& Plan::output_shape(std::size_t index) const { return impl_->output_shapes.at(index); }
std::span<float> Plan::input(std::size_t index) { return impl_->inputs.at(index); }
std::span<const float> Plan::output(std::size_t index) const { return impl_->outputs.at(index); }

Result<> Plan::run() {
  const SingleThreaded team_of_one;
  impl_->workers->run();
  for (Result<>& outcome : impl_->outcome)
    if (!outcome) return outcome;
  return {};
}

std::string Plan::describe() const {
  return fmt::format("oneDNN {}, {} million multiply-adds\n{}", onednn::version(), impl_->graph.macs / 1'000'000, impl_->description);
}

std::uint64_t Plan::macs() const { return impl_->graph.macs; }

}  // namespace lc::nn
