#include "nn/merge.h"

#include <algorithm>

#include "nn/tiling.h"

namespace lc::nn {
namespace {

class Merger {
 public:
  Merger(const Folded& graph, std::vector<Layer> layers)
      : graph_(graph), layers_(std::move(layers)), readers_(graph.values.size()), maker_(graph.values.size(), -1) {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      maker_[at(layers_[l].output)] = static_cast<int>(l);
      for (int value : layers_[l].reads(graph)) ++readers_[at(value)];
    }
    for (int out : graph.outputs) readers_[at(out)] += 2;  // must exist in memory as it is
  }

  std::vector<Layer> run() {
    std::vector<bool> gone(layers_.size());
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const auto chain = block_ending_at(l);
      const auto parts = chain.empty() ? to_space_ending_at(l) : chain;
      if (parts.empty()) continue;
      Layer merged;
      merged.node = layers_[parts.front()].node;
      merged.node.op = chain.empty() ? kConvToSpace : kResidualBlock;
      merged.node.outputs = {layers_[l].output};
      merged.node.inputs.resize(1);
      merged.output = layers_[l].output;
      for (std::size_t part : parts) {
        merged.parts.push_back(std::move(layers_[part]));
        gone[part] = true;
      }
      layers_[l] = std::move(merged);
      gone[l] = false;
    }
    std::vector<Layer> out;
    for (std::size_t l = 0; l < layers_.size(); ++l)
      if (!gone[l]) out.push_back(std::move(layers_[l]));
    return out;
  }

 private:
  static std::size_t at(int value) { return static_cast<std::size_t>(value); }

  // The layer before, if nobody else reads what it makes.
  const Layer* before(const Layer& layer) const {
    const int value = layer.node.inputs[0];
    if (readers_[at(value)] != 1 || maker_[at(value)] < 0) return nullptr;
    const Layer& maker = layers_[at(maker_[at(value)])];
    return maker.parts.empty() ? &maker : nullptr;
  }
  std::size_t index(const Layer& layer) const { return at(maker_[at(layer.output)]); }

  bool is_pointwise(const Layer& layer) const {
    if (layer.node.op != "Conv" || !layer.has_weights()) return false;
    const auto p = conv_params(graph_.call(layer.node));
    return p && p->groups == 1 && p->window.kernel == Pair{1, 1} && p->window.stride == Pair{1, 1} &&
           p->window.pad_begin == Pair{0, 0} && p->window.pad_end == Pair{0, 0} && p->batch == 1 &&
           p->out_channels % kPanel == 0 && p->in_channels <= kMaxSummed;
  }

  bool is_depthwise(const Layer& layer) const {
    if (layer.node.op != "Conv" || !layer.has_weights() || !layer.post.empty()) return false;
    const auto p = conv_params(graph_.call(layer.node));
    return p && p->groups == p->in_channels && p->out_channels == p->in_channels && p->in_channels % 32 == 0 &&
           p->window.kernel == Pair{3, 3} && p->window.stride == Pair{1, 1} && p->window.dilation == Pair{1, 1} &&
           p->window.pad_begin == Pair{1, 1} && p->window.pad_end == Pair{1, 1};
  }

  // Depthwise, widening and narrowing convolution that end with this layer.
  std::vector<std::size_t> block_ending_at(std::size_t l) const {
    const Layer& narrow = layers_[l];
    if (!narrow.parts.empty() || narrow.post.size() != 1 || narrow.residual == kAbsent || !is_pointwise(narrow)) return {};
    const Layer* widen = before(narrow);
    if (!widen || !is_pointwise(*widen) || widen->residual != kAbsent || widen->post.size() != 1) return {};
    const Activation& f = widen->post[0].f;
    if (f.kind != Activation::relu || f.alpha < 0 || f.alpha > 1) return {};
    const Layer* depth = before(*widen);
    if (!depth || !is_depthwise(*depth) || depth->node.inputs[0] != narrow.residual) return {};
    if (graph_.constant(narrow.residual)) return {};
    return {index(*depth), index(*widen), l};
  }

  std::vector<std::size_t> to_space_ending_at(std::size_t l) const {
    const Layer& shuffle = layers_[l];
    if (shuffle.node.op != "DepthToSpace" || !shuffle.post.empty()) return {};
    const auto p = block_params(graph_.call(shuffle.node));
    const Layer* conv = before(shuffle);
    if (!p || p->column_row_depth || !conv || !is_pointwise(*conv) || conv->residual != kAbsent || !finish_of(*conv)) return {};
    return {index(*conv), l};
  }

  using Pair = std::array<std::int64_t, 2>;
  const Folded& graph_;
  std::vector<Layer> layers_;
  std::vector<int> readers_, maker_;  // by value
};

}  // namespace

std::vector<Layer> merge(const Folded& graph, std::vector<Layer> layers) {
  return Merger(graph, std::move(layers)).run();
}

namespace {

constexpr std::int64_t kLargestPatch = 32;  // pixels to a side: folding a format into larger ones takes long

}  // namespace

bool read_pictures(Folded& graph, std::vector<Layer>& layers) {
  if (graph.inputs.size() != 1) return false;
  if (std::find(graph.outputs.begin(), graph.outputs.end(), graph.inputs[0]) != graph.outputs.end()) return false;
  Layer* reader = nullptr;
  for (Layer& layer : layers) {
    const auto read = layer.reads(graph);
    if (std::find(read.begin(), read.end(), graph.inputs[0]) == read.end()) continue;
    if (reader) return false;
    reader = &layer;
  }
  if (!reader || reader->node.op != "Conv" || !reader->has_weights() || reader->residual != kAbsent || !finish_of(*reader))
    return false;
  const auto p = conv_params(graph.call(reader->node));
  if (!p || p->groups != 1 || p->batch != 1 || (p->in_channels != 1 && p->in_channels != 3)) return false;
  const Window& w = p->window;
  const std::int64_t side = w.kernel[0];
  constexpr std::array<std::int64_t, 2> kNone{0, 0}, kOne{1, 1};
  if (side % 2 != 0 || side > kLargestPatch || w.kernel[1] != side || w.stride != w.kernel || w.dilation != kOne ||
      w.pad_begin != kNone || w.pad_end != kNone)
    return false;
  Layer patches;
  patches.node = {std::string(kPatches), reader->node.name, {}, {reader->output}, {}};
  patches.output = reader->output;
  patches.parts.push_back(std::move(*reader));
  *reader = std::move(patches);
  graph.inputs.clear();
  return true;
}

bool paint_pictures(Folded& graph, std::vector<Layer>& layers) {
  if (graph.outputs.size() != 1) return false;
  const auto painter = std::find_if(layers.begin(), layers.end(), [&](const Layer& l) { return l.output == graph.outputs[0]; });
  if (painter == layers.end() || painter->node.op != kConvToSpace || !painter->parts[0].post.empty()) return false;
  for (const Layer& layer : layers) {
    const auto read = layer.reads(graph);
    if (std::find(read.begin(), read.end(), painter->output) != read.end()) return false;
  }
  const Dims& out = graph.dims(painter->output);
  const auto p = block_params(graph.call(painter->parts[1].node));
  if (!p || p->block % 2 != 0 || (out[1] != 1 && out[1] != 3)) return false;
  painter->node.op = kPaint;
  graph.outputs.clear();
  return true;
}

}  // namespace lc::nn
