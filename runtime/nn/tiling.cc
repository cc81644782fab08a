#include "nn/tiling.h"

#include <algorithm>

#include "nn/tile_select.h"

namespace lc::nn {
namespace {

std::size_t at(int value) { return static_cast<std::size_t>(value); }

// No pixel is read twice.
bool is_patchwise(const Window& w) {
  return w.kernel == w.stride && w.dilation == std::array<std::int64_t, 2>{1, 1};
}

}  // namespace

std::optional<Finish> finish_of(const Layer& layer) {
  Finish f;
  bool is_bent = false;
  for (const onednn::PostOp& op : layer.post) {
    if (is_bent) return std::nullopt;
    if (op.kind == onednn::PostOp::sum) {
      continue;
    }
    is_bent = true;
    f.low = op.f.alpha;
    f.high = op.f.beta;
    if (op.f.kind == Activation::relu && op.f.alpha >= 0 && op.f.alpha <= 1) {
      f.curve = Curve::lines;
      f.slope = op.f.alpha;
    } else if (op.f.kind == Activation::clip && op.f.alpha <= op.f.beta) {
      f.curve = Curve::clip;
    } else if (op.f.kind == Activation::hard_swish) {
      f.curve = Curve::hard_swish;
    } else {
      return std::nullopt;
    }
  }
  return f;
}

Tiling::Tiling(Folded& graph, std::vector<Layer> layers, Precision precision)
    : graph_(graph), layers_(std::move(layers)), precision_(precision), is_tiled_(graph.values.size()) {
  for (const Layer& layer : layers_) {
    is_tiled_[at(layer.output)] = can_do(layer);
    if (layer.node.op == kPaint) painted_ = layer.output;
  }
  stored_.assign(graph.values.size(), Number::f32);
  if (precision == Precision::f32) return;
  choose_storage();
  add_stores();
}

bool Tiling::has(const Layer& layer) const { return is_tiled_[at(layer.output)]; }

bool Tiling::can_do(const Layer& layer) const {
  if (!layer.parts.empty()) return true;
  if (precision_ == Precision::f32 && &best_tiles() == &kPortableTiles) return false;  // the library is faster
  if (!layer.has_weights() || !finish_of(layer)) return false;
  if (layer.residual != kAbsent && graph_.constant(layer.residual)) return false;
  const Call call = graph_.call(layer.node);
  if (graph_.constant(layer.node.inputs[0])) return false;
  const std::string& op = layer.node.op;
  if (op == "Conv") {
    const auto p = conv_params(call);
    return p && p->groups == 1 && p->batch == 1 && (precision_ != Precision::f32 || is_patchwise(p->window)) &&
           p->in_channels * p->window.kernel[0] * p->window.kernel[1] <= kMaxSummed;
  }
  if (precision_ == Precision::f32) return false;
  if (op == "Gemm") {
    const auto p = gemm_params(call);
    return p && !p->transpose_a && p->k <= kMaxSummed && layer.residual == kAbsent;
  }
  return op == "MatMul" && call.dims(1)[0] <= kMaxSummed && layer.residual == kAbsent;
}

void Tiling::choose_storage() {
  std::vector<bool> narrow(stored_.size());
  for (const Layer& layer : layers_) narrow[at(layer.output)] = has(layer);
  for (const Layer& layer : layers_)
    if (!has(layer))
      for (int value : layer.reads(graph_)) narrow[at(value)] = false;
  for (int value : graph_.outputs) narrow[at(value)] = false;
  for (std::size_t value = 0; value < narrow.size(); ++value)
    if (narrow[value]) stored_[value] = Number::bf16;
}

void Tiling::add_stores() {
  std::vector<Layer> out;
  for (Layer& layer : layers_) {
    const int value = layer.node.inputs.empty() ? kAbsent : layer.node.inputs[0];
    if (layer.node.op == kResidualBlock && stored(value) == Number::f32) {
      Layer store;
      store.output = static_cast<int>(graph_.values.size());
      store.node = {std::string(kStore), layer.node.name, {value}, {store.output}, {}};
      graph_.values.push_back({graph_.values[at(value)].name + ":bf16", nullptr});
      graph_.infos.push_back(graph_.infos[at(value)]);
      stored_.push_back(Number::bf16);
      is_tiled_.push_back(true);
      layer.node.inputs[0] = store.output;
      out.push_back(std::move(store));
    }
    out.push_back(std::move(layer));
  }
  layers_ = std::move(out);
}

}  // namespace lc::nn
