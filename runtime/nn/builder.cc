#include "nn/builder.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace lc::nn {
namespace {

constexpr std::size_t kMaxPlanBytes = std::size_t{4} << 30;

// Zeroed, so that no page is missing in the first run.
Result<Memory> allocate(std::size_t bytes) {
  if (bytes > kMaxPlanBytes)
    return fail(Errc::unsupported, "the plan needs {} MiB; at most {} are supported", bytes >> 20,
                kMaxPlanBytes >> 20);
  Memory memory = allocate_aligned(bytes);
  if (!memory) return fail(Errc::unavailable, "no memory: {} MiB are needed", bytes >> 20);
  return memory;
}

std::size_t at(int value) { return static_cast<std::size_t>(value); }

}  // namespace

Builder::Builder(const Folded& graph, Lowering& lowering, std::vector<Layer> layers,
                 std::vector<Stage> stages, std::size_t threads, bool keeps_all)
    : graph_(graph),
      lowering_(lowering),
      layers_(std::move(layers)),
      stages_(std::move(stages)),
      threads_(threads),
      keeps_all_(keeps_all),
      root_(graph.values.size()),
      last_reader_(graph.values.size(), -1),
      stage_of_(layers_.size()),
      buffer_(graph.values.size(), -1),
      local_(graph.values.size(), -1),
      in_place_(layers_.size()) {}

Result<Program> Builder::run() {
  find_roots();
  if (!keeps_all_) {
    find_locals();
    LC_TRY(find_in_place());
  }
  find_buffers();
  LC_TRY(size_locals());
  LC_TRY(allocate_memory());
  for (const Stage& stage : stages_) LC_TRY(make_tasks(stage));
  LC_TRY(bind_scratch());
  return std::move(program_);
}

bool Builder::is_input(int value) const {
  return std::find(graph_.inputs.begin(), graph_.inputs.end(), value) != graph_.inputs.end();
}
bool Builder::is_output(int value) const {
  return std::find(graph_.outputs.begin(), graph_.outputs.end(), value) != graph_.outputs.end();
}

// An output of the graph always has memory of its own, even if it is a reshaped input.
void Builder::find_roots() {
  for (std::size_t i = 0; i < root_.size(); ++i) root_[i] = static_cast<int>(i);
  for (std::size_t s = 0; s < stages_.size(); ++s)
    for (std::size_t l : stages_[s].layers) stage_of_[l] = s;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    if (lowering_.is_alias(layer) && !is_output(layer.output))
      root_[at(layer.output)] = root_[at(layer.node.inputs[0])];
    for (int value : layer.reads(graph_)) last_reader_[at(root_[at(value)])] = static_cast<int>(l);
  }
}

bool Builder::is_alias(const Layer& layer) const { return root_[at(layer.output)] != layer.output; }

void Builder::find_locals() {
  std::vector<bool> leaves(graph_.values.size());
  std::vector<int> maker(graph_.values.size(), -1);
  for (std::size_t l = 0; l < layers_.size(); ++l)
    maker[at(layers_[l].output)] = static_cast<int>(stage_of_[l]);
  for (std::size_t l = 0; l < layers_.size(); ++l)
    for (int value : layers_[l].reads(graph_))
      if (maker[at(value)] != static_cast<int>(stage_of_[l]) || root_[at(value)] != value ||
          is_alias(layers_[l]))
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
Result<> Builder::find_in_place() {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    const int r = layer.residual;
    if (r == kAbsent || graph_.constant(r)) continue;
    const int root = root_[at(r)];
    const bool both_local = local_[at(root)] >= 0 && local_[at(layer.output)] >= 0;
    const bool none_local = local_[at(root)] < 0 && local_[at(layer.output)] < 0;
    if (is_input(root) || is_output(root) || graph_.constant(root) ||
        last_reader_[at(root)] != static_cast<int>(l))
      continue;
    if (!both_local && !none_local) continue;
    if (lowering_.stored(root) != lowering_.stored(layer.output)) continue;
    bool also_read = false;
    for (int in : layer.node.inputs) also_read = also_read || (in != kAbsent && root_[at(in)] == root);
    if (also_read || (none_local && !LC_TRY(read_row_by_row(l, root)))) continue;
    in_place_[l] = true;
    residual_of_[layer.output] = root;
  }
  return {};
}

// The other layers of the stage that read `value` read no row that another strip overwrites.
Result<bool> Builder::read_row_by_row(std::size_t layer, int value) {
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

// The value whose memory holds this one: through reshapes and sums in place.
int Builder::holder(int value) const {
  for (;;) {
    const int root = root_[at(value)];
    const auto sum = residual_of_.find(root);
    if (sum == residual_of_.end()) return root;
    value = sum->second;
  }
}

void Builder::find_buffers() {
  const int end = static_cast<int>(stages_.size());
  const auto use = [&](int value, int stage) {
    const int h = holder(value);
    if (graph_.constant(h) || local_[at(h)] >= 0) return;
    const bool border = keeps_all_ || is_input(h) || is_output(value) || is_output(h);
    const int first = border ? -1 : stage, last = border ? end : stage;
    if (buffer_[at(h)] < 0) {
      buffer_[at(h)] = static_cast<int>(buffers_.size());
      buffers_.push_back({lowering_.bytes(h, count(graph_.dims(h))), first, last});
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

Result<> Builder::size_locals() {
  for (const Stage& stage : stages_) LC_TRY(size_locals(stage));
  return {};
}

Result<> Builder::size_locals(const Stage& stage) {
  struct Use {
    std::int64_t rows = 0;                                   // of the longest strip
    int first = std::numeric_limits<int>::max(), last = -1;  // layers
  };
  std::unordered_map<int, Use> uses;
  for (const Rows& strip : stage.strips)
    for (const auto& [value, r] : LC_TRY(trace(lowering_, layers_, stage, strip, graph_)))
      if (local_[at(value)] >= 0) uses[holder(value)].rows = std::max(uses[holder(value)].rows, r.size());
  for (std::size_t l : stage.layers) {
    auto values = layers_[l].reads(graph_);
    values.push_back(layers_[l].output);
    for (int value : values) {
      if (local_[at(value)] < 0) continue;
      Use& use = uses[holder(value)];
      use.first = std::min(use.first, static_cast<int>(l));
      use.last = std::max(use.last, static_cast<int>(l));
    }
  }
  std::vector<Lifetime> lives;
  std::vector<int> values;
  for (const auto& [value, use] : uses) {
    lives.push_back({lowering_.bytes(value, use.rows * row_elements(graph_.dims(value))),
                     use.first, use.last});
    values.push_back(value);
  }
  local_bytes_ = std::max(local_bytes_, place(lives));
  for (std::size_t i = 0; i < values.size(); ++i) local_offset_[values[i]] = lives[i].offset;
  return {};
}

Result<> Builder::allocate_memory() {
  program_.memory.push_back(LC_TRY(allocate(place(buffers_))));
  arena_ = program_.memory[0].get();
  for (std::size_t i = 0; i < threads_; ++i) program_.memory.push_back(LC_TRY(allocate(local_bytes_)));
  return {};
}

Result<> Builder::bind_scratch() {
  for (std::size_t i = 0; i < threads_; ++i) {
    program_.memory.push_back(LC_TRY(allocate(scratch_bytes_)));
    for (auto& stage : program_.steps)
      for (auto& step : stage[i]) step.task->bind_scratch(program_.memory.back().get());
  }
  return {};
}

Place Builder::place_of(int value) {
  const int h = holder(value);
  if (graph_.constant(h)) return {reinterpret_cast<std::byte*>(const_cast<float*>(lowering_.constant_in_memory(h))), 0};
  return {arena_ + buffers_[at(buffer_[at(h)])].offset, 0};
}

Lowering::Places Builder::places(const Stage& stage, const RowsOf& rows, std::size_t worker) {
  Lowering::Places out;
  for (std::size_t l : stage.layers) {
    auto values = layers_[l].reads(graph_);
    values.push_back(layers_[l].output);
    for (int value : values) {
      std::byte* local = program_.memory[1 + worker].get();
      if (local_[at(value)] < 0)
        out[value] = place_of(value);
      else
        out[value] = {local + local_offset_.at(holder(value)), rows.at(value).begin};
    }
  }
  return out;
}

Result<> Builder::make_tasks(const Stage& stage) {
  std::vector<std::vector<Step>> by_worker(threads_);
  const std::size_t strips = stage.strips.size(), first_line = program_.layers.size();
  for (std::size_t i = 0; i < strips; ++i) {
    const std::size_t worker = i * threads_ / strips;
    const RowsOf rows = LC_TRY(trace(lowering_, layers_, stage, stage.strips[i], graph_));
    const auto where = places(stage, rows, worker);
    std::size_t line = first_line;
    for (std::size_t l : stage.layers) {
      if (is_alias(layers_[l])) continue;
      auto tasks = LC_TRY(lowering_.make(layers_[l], rows.at(layers_[l].output), where, in_place_[l]));
      if (i == 0) describe(layers_[l], tasks, strips, l == stage.layers.front());
      for (auto& task : tasks) {
        scratch_bytes_ = std::max(scratch_bytes_, task->scratch_bytes());
        by_worker[worker].push_back({std::move(task), line, layers_[l].output, rows.at(layers_[l].output)});
      }
      ++line;
    }
  }
  program_.steps.push_back(std::move(by_worker));
  return {};
}

void Builder::describe(const Layer& layer, const Tasks& tasks, std::size_t strips, bool first) {
  std::string kernels;
  for (const auto& task : tasks) {
    kernels += (kernels.empty() ? "" : " + ") + task->name();
    if (task->name().find("ref") != std::string::npos) kernels += kSlow;
  }
  std::string post;
  for (const auto& op : layer.post) post += op.kind == onednn::PostOp::sum ? " +sum" : " +activation";
  const std::string in = layer.node.inputs.empty() ? "" : to_string(graph_.dims(layer.node.inputs[0]));
  program_.layers.push_back(
      fmt::format("{} {}{}: {} -> {}: {}", first ? fmt::format("[{:>2} strips]", strips) : "           ",
                  layer.node.title(), post, in, to_string(graph_.dims(layer.output)), kernels));
}

}  // namespace lc::nn
