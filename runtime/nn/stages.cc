#include "nn/stages.h"

#include <algorithm>

namespace lc::nn {
namespace {

// What one strip should touch at most: a second-level cache of 1 MiB. Measured at 720p, codec networks, one
// thread: 512 KiB to 2 MiB are the same within noise, 4 MiB costs 3 %, no strips at all 12 %.
constexpr std::int64_t kStripBytes = 1 << 20;
constexpr std::size_t kMaxStageLayers = 16;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

class Stager {
 public:
  Stager(const Folded& graph, const Lowering& lowering, const std::vector<Layer>& layers, int threads, int least_strips)
      : graph_(graph), lowering_(lowering), layers_(layers), threads_(threads), least_strips_(least_strips) {}

  Result<std::vector<Stage>> run() {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (!stages_.empty()) {
        Stage longer = stages_.back();
        longer.layers.push_back(i);
        if (longer.layers.size() <= kMaxStageLayers && LC_TRY(holds_together(longer))) {
          stages_.back() = std::move(longer);
          continue;
        }
      }
      stages_.push_back({{i}, {}});
    }
    for (Stage& stage : stages_) {
      LC_TRY(choose_strips(stage));
      if (!LC_TRY(is_partition(stage))) stage.strips = {whole(stage)};
    }
    return std::move(stages_);
  }

 private:
  Rows whole(const Stage& stage) const {
    return {0, row_count(graph_.dims(layers_[stage.layers.back()].output))};
  }

  std::int64_t unit(const Stage& stage) const {
    std::int64_t out = 1;
    for (std::size_t i : stage.layers) out *= lowering_.row_multiple(layers_[i]);
    return out;
  }

  // Every value inside is computed by exactly one strip, row by row, and each layer uses what the one before
  // made.
  Result<bool> is_partition(const Stage& stage) const {
    std::unordered_map<int, std::int64_t> done;
    for (const Rows& strip : stage.strips) {
      const RowsOf rows = LC_TRY(trace(lowering_, layers_, stage, strip, graph_));
      if (rows.empty()) return false;
      for (std::size_t i : stage.layers) {
        const Rows r = rows.at(layers_[i].output);
        if (r.begin != done[layers_[i].output] || r.size() % lowering_.row_multiple(layers_[i]) != 0)
          return false;
        done[layers_[i].output] = r.end;
      }
    }
    for (std::size_t i : stage.layers)
      if (done[layers_[i].output] != row_count(graph_.dims(layers_[i].output))) return false;
    return true;
  }

  Result<bool> holds_together(Stage stage) const {
    for (std::size_t i : stage.layers)
      if (!lowering_.can_cut(layers_[i])) return false;
    const Rows all = whole(stage);
    const std::int64_t step = unit(stage);
    if (all.end % step != 0) return false;
    // A few cuts are tried here, the ones that are used are checked again.
    cut(stage, std::min<std::int64_t>(all.end / step, 7));
    return is_partition(stage);
  }

  void cut(Stage& stage, std::int64_t strips) const {
    const Rows all = whole(stage);
    const std::int64_t step = unit(stage), units = ceil_div(all.end, step);
    stage.strips.clear();
    for (std::int64_t i = 0; i < strips; ++i) {
      const Rows strip{units * i / strips * step, std::min(units * (i + 1) / strips * step, all.end)};
      if (strip.size() > 0) stage.strips.push_back(strip);
    }
  }

  Result<> choose_strips(Stage& stage) const {
    stage.strips = {whole(stage)};
    if (!lowering_.can_cut(layers_[stage.layers[0]])) return {};
    std::int64_t strips = least_strips_;
    if (stage.layers.size() > 1) {
      std::int64_t bytes = 0;
      for (const auto& [value, rows] : LC_TRY(trace(lowering_, layers_, stage, whole(stage), graph_)))
        bytes += static_cast<std::int64_t>(lowering_.bytes(value, rows.size() * row_elements(graph_.dims(value))));
      strips = std::max(strips, ceil_div(bytes, kStripBytes));
    }
    strips = ceil_div(strips, threads_) * threads_;
    cut(stage, std::min(strips, ceil_div(whole(stage).end, unit(stage))));
    return {};
  }

  const Folded& graph_;
  const Lowering& lowering_;
  const std::vector<Layer>& layers_;
  const int threads_, least_strips_;
  std::vector<Stage> stages_;
};

}  // namespace

Result<RowsOf> trace(const Lowering& lowering, const std::vector<Layer>& layers, const Stage& stage, Rows out,
                     const Folded& graph) {
  RowsOf rows;
  rows[layers[stage.layers.back()].output] = out;
  for (auto i = stage.layers.rbegin(); i != stage.layers.rend(); ++i) {
    const Layer& layer = layers[*i];
    const auto own = rows.find(layer.output);
    if (own == rows.end()) return RowsOf{};
    const Rows due = own->second;
    for (int value : layer.reads(graph)) {
      const Rows need = LC_TRY(lowering.needed(layer, value, due));
      const auto [at, is_new] = rows.try_emplace(value, need);
      if (!is_new) at->second = {std::min(at->second.begin, need.begin), std::max(at->second.end, need.end)};
    }
  }
  return rows;
}

Result<std::vector<Stage>> make_stages(const Folded& graph, const Lowering& lowering,
                                       const std::vector<Layer>& layers, int threads, int least_strips) {
  return Stager(graph, lowering, layers, threads, least_strips).run();
}

}  // namespace lc::nn
