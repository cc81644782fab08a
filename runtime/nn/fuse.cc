#include "nn/fuse.h"

#include <algorithm>

namespace lc::nn {
namespace {

using onednn::PostOp;

bool is_conv(const Layer& l) { return l.node.op == "Conv" || l.node.op == "ConvTranspose"; }

class Fuser {
 public:
  explicit Fuser(const Folded& graph)
      : graph_(graph), readers_(graph.values.size()), layer_of_(graph.values.size(), -1) {
    for (const Node& node : graph.nodes)
      for (int in : node.inputs)
        if (in != kAbsent) ++readers_[at(in)];
    for (int out : graph.outputs) readers_[at(out)] += 2;  // must exist in memory as it is
  }

  Result<std::vector<Layer>> run() {
    for (const Node& node : graph_.nodes) {
      if (LC_TRY(absorb(node))) continue;
      auto layer = begin(node);
      if (!layer) return within(node.title(), std::move(layer).error());
      push(*std::move(layer));
    }
    std::vector<Layer> out;
    for (std::size_t i = 0; i < layers_.size(); ++i)
      if (!moved_[i]) out.push_back(std::move(layers_[i]));
    return out;
  }

 private:
  static std::size_t at(int value) { return static_cast<std::size_t>(value); }

  void push(Layer layer) {
    layer_of_[at(layer.output)] = static_cast<int>(layers_.size());
    layers_.push_back(std::move(layer));
    moved_.push_back(false);
  }

  Result<Layer> begin(const Node& node) {
    Layer layer{node, {}, kAbsent, node.outputs[0], {}, {}};
    const Call call = graph_.call(node);
    if (node.op == "DepthToSpace" && LC_TRY(reorder_for_depth_to_space(call)))
      std::erase_if(layer.node.attributes, [](const Attribute& a) { return a.name == "mode"; });  // DCR
    if (is_conv(layer)) {
      layer.weights = (LC_TRY(call.constant(1, "the weights")))->f;
      if (call.has(2)) layer.bias = (LC_TRY(call.constant(2, "the bias")))->f;
    } else if (node.op == "Gemm") {
      LC_TRY(begin_gemm(call, layer));
    } else if (node.op == "MatMul" && call.in[1].constant && call.rank(1) == 2 && is_dense(call)) {
      layer.weights = call.in[1].constant->f;
    }
    return layer;
  }

  // The left operand's matrices are one tall matrix in memory.
  static bool is_dense(const Call& call) { return call.rank(0) != 4; }

  static Result<> begin_gemm(const Call& call, Layer& layer) {
    const GemmParams p = LC_TRY(gemm_params(call));
    const Tensor* b = LC_TRY(call.constant(1, "B"));
    layer.weights.resize(b->f.size());
    for (std::int64_t k = 0; k < p.k; ++k)
      for (std::int64_t n = 0; n < p.n; ++n)
        layer.weights[static_cast<std::size_t>(k * p.n + n)] =
            p.alpha * b->f[static_cast<std::size_t>(p.transpose_b ? n * p.k + k : k * p.n + n)];
    if (!call.has(2)) return {};
    const Tensor* c = LC_TRY(call.constant(2, "C"));
    const auto n = static_cast<std::size_t>(p.n);
    if (c->f.size() != 1 && !(c->f.size() == n && c->info.dims.back() == p.n))
      return fail(Errc::unsupported, "C of shape {}; one number for each column is supported",
                  to_string(c->info.dims));
    for (std::size_t i = 0; i < n; ++i) layer.bias.push_back(p.beta * c->f[c->f.size() == 1 ? 0 : i]);
    return {};
  }

  // The layer that computes `value`, if it can take more work along and nobody else reads it.
  Layer* open(int value) {
    if (value == kAbsent || readers_[at(value)] != 1 || layer_of_[at(value)] < 0) return nullptr;
    Layer& layer = layers_[at(layer_of_[at(value)])];
    return layer.has_weights() ? &layer : nullptr;
  }

  // Moves the layer to the end, where its new output is due: what it additionally reads is computed by then.
  void reissue(Layer& layer, int output) {
    const auto index = at(layer_of_[at(layer.output)]);
    Layer moved = std::move(layer);
    moved_[index] = true;
    moved.output = output;
    push(std::move(moved));
  }

  Result<bool> absorb(const Node& node) {
    const Call call = graph_.call(node);
    if (node.inputs.empty()) return false;
    Layer* layer = open(node.inputs[0]);
    if (node.op == "BatchNormalization" && layer && layer->post.empty() && is_conv(*layer)) {
      const BatchNormParams p = LC_TRY(batch_norm_params(call));
      scale(*layer, p.scale);
      shift(*layer, p.shift);
      reissue(*layer, node.outputs[0]);
      return true;
    }
    const auto activations = LC_TRY(activation_params(call));
    if (layer && !activations.empty() && take(*layer, activations)) {
      reissue(*layer, node.outputs[0]);
      return true;
    }
    if (node.op == "Add" || node.op == "Mul" || node.op == "Sub") return absorb_arithmetic(call);
    return false;
  }

  // One operator's activation for each layer, but that a Clip after a Relu is a Clip. oneDNN 2.6 gets others wrong: of Relu,
  // sum and LeakyRelu its AVX-512 convolution forgets the slope.
  static bool take(Layer& layer, const std::vector<Activation>& activations) {
    if (!layer.post.empty() && layer.post.back().kind == PostOp::activation && activations.size() == 1) {
      Activation& before = layer.post.back().f;
      if (before.kind == Activation::relu && before.alpha == 0 && activations[0].kind == Activation::clip) {
        before = {Activation::clip, std::max(activations[0].alpha, 0.0f), std::max(activations[0].beta, 0.0f)};
        return true;
      }
    }
    const auto is_activation = [](const PostOp& op) { return op.kind == PostOp::activation; };
    if (std::any_of(layer.post.begin(), layer.post.end(), is_activation)) return false;
    for (const Activation& f : activations) layer.post.push_back({PostOp::activation, f});
    return true;
  }

  bool absorb_arithmetic(const Call& call) {
    const Node& node = call.node;
    for (std::size_t side = 0; side < 2; ++side) {
      const std::size_t other = 1 - side;
      Layer* layer = open(node.inputs[side]);
      if (!layer || (node.op == "Sub" && side == 1)) continue;
      if (graph_.dims(node.outputs[0]) != call.dims(side)) continue;
      if (call.in[other].constant) {
        if (absorb_constant(*layer, node, *call.in[other].constant)) return true;
        continue;
      }
      // Of two open layers the later one takes the sum: the other's result is there by then.
      const Layer* rival = node.op == "Add" && side == 0 ? open(node.inputs[1]) : nullptr;
      if (rival && rival > layer) continue;
      if (node.op != "Add" || layer->residual != kAbsent || call.dims(other) != call.dims(side)) continue;
      layer->residual = node.inputs[other];
      layer->post.push_back({PostOp::sum});
      reissue(*layer, node.outputs[0]);
      return true;
    }
    return false;
  }

  // One number for each output channel, or one for all, folds into weights and bias.
  bool absorb_constant(Layer& layer, const Node& node, const Tensor& constant) {
    if (!layer.post.empty()) return false;
    const Dims& out = graph_.dims(layer.output);
    const std::size_t axis = is_conv(layer) ? 1 : out.size() - 1;
    const std::size_t rank = out.size(), own = constant.info.dims.size();
    for (std::size_t i = 0; i < own; ++i)
      if (constant.info.dims[i] != 1 && i + rank - own != axis) return false;
    std::vector<float> values(static_cast<std::size_t>(out[axis]));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = constant.f[constant.f.size() == 1 ? 0 : i];
    if (node.op == "Mul") {
      scale(layer, values);
    } else {
      if (node.op == "Sub")
        for (float& v : values) v = -v;
      shift(layer, values);
    }
    reissue(layer, node.outputs[0]);
    return true;
  }

  // Output channel of each weight: see onednn::Weights for the layouts.
  std::vector<std::size_t> channels(const Layer& layer) const {
    std::vector<std::size_t> out(layer.weights.size());
    const Dims& dims = graph_.dims(layer.output);
    if (!is_conv(layer)) {
      const auto n = static_cast<std::size_t>(dims.back());
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = i % n;
      return out;
    }
    const Dims& w = graph_.dims(layer.node.inputs[1]);
    const auto taps = static_cast<std::size_t>(w[2] * w[3]), second = static_cast<std::size_t>(w[1]);
    const std::size_t groups = static_cast<std::size_t>(dims[1]) / second;  // of a transposed one
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t row = i / taps / second;
      const bool forward = layer.node.op == "Conv";
      out[i] = forward ? row : row / (static_cast<std::size_t>(w[0]) / groups) * second + i / taps % second;
    }
    return out;
  }

  void scale(Layer& layer, const std::vector<float>& by) const {
    const auto channel = channels(layer);
    for (std::size_t i = 0; i < channel.size(); ++i) layer.weights[i] *= by[channel[i]];
    for (std::size_t i = 0; i < layer.bias.size(); ++i) layer.bias[i] *= by[i];
  }

  static void shift(Layer& layer, const std::vector<float>& by) {
    layer.bias.resize(by.size());
    for (std::size_t i = 0; i < by.size(); ++i) layer.bias[i] += by[i];
  }

  // Whether the mode is DCR now.
  Result<bool> reorder_for_depth_to_space(const Call& call) {
    const BlockParams p = LC_TRY(block_params(call));
    Layer* layer = open(call.node.inputs[0]);
    if (!p.column_row_depth || !layer || layer->node.op != "Conv" || layer->residual != kAbsent) return false;
    if (LC_TRY(layer->node.integer("group", 1)) != 1) return false;
    const auto area = static_cast<std::size_t>(p.block * p.block);
    const std::size_t out = static_cast<std::size_t>(graph_.dims(layer->output)[1]), depth = out / area;
    const std::size_t size = layer->weights.size() / out;
    const std::vector<float> weights = layer->weights, bias = layer->bias;
    for (std::size_t c = 0; c < depth; ++c)
      for (std::size_t i = 0; i < area; ++i) {
        const std::size_t from = c * area + i, to = i * depth + c;
        std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(from * size), size,
                    layer->weights.begin() + static_cast<std::ptrdiff_t>(to * size));
        if (!bias.empty()) layer->bias[to] = bias[from];
      }
    return true;
  }

  const Folded& graph_;
  std::vector<int> readers_;   // by value
  std::vector<int> layer_of_;  // by value
  std::vector<Layer> layers_;
  std::vector<bool> moved_;  // by layer: it stands further down now
};

}  // namespace

std::vector<int> Layer::reads(const Folded& graph) const {
  std::vector<int> out;
  const auto add = [&](int value) {
    if (value != kAbsent && !graph.constant(value) && std::find(out.begin(), out.end(), value) == out.end())
      out.push_back(value);
  };
  for (int in : node.inputs) add(in);
  add(residual);
  return out;
}

Result<std::vector<Layer>> fuse(const Folded& graph) { return Fuser(graph).run(); }

}  // namespace lc::nn
