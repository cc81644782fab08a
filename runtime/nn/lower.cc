#include "nn/lower.h"

#include <algorithm>

#include "base/shared.h"

namespace lc::nn {
namespace {

// Taller ones are not cut where rows are listed one by one: each strip would list them all again.
constexpr std::int64_t kMaxListedRows = 1 << 15;

bool is_one_of(const std::string& op, std::initializer_list<std::string_view> ops) {
  return std::find(ops.begin(), ops.end(), op) != ops.end();
}
bool slides(const std::string& op) { return is_one_of(op, {"Conv", "MaxPool", "AveragePool"}); }
bool stretches(const std::string& op) {
  return is_one_of(op, {"Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "PRelu"});
}
bool is_resize(const std::string& op) { return op == "Resize" || op == "Upsample"; }
bool maps_indices(const std::string& op) {
  return is_one_of(op, {"Slice", "Split", "Pad", "Resize", "Upsample", "Gather"});
}

Result<Window> window_of(const Call& call) {
  if (call.node.op == "Conv") return (LC_TRY(conv_params(call))).window;
  return (LC_TRY(pool_params(call))).window;
}

// First and last row of the input that rows `out` depend on; where they depend on none, the first.
Result<Rows> mapped_rows(const Call& call, Rows out) {
  std::vector<std::int64_t> low, high;
  if (is_resize(call.node.op) && LC_TRY(resizes_linearly(call))) {
    const LinearMap map = LC_TRY(linear_map(call));
    low = map[2].low;
    high = map[2].high;
  } else {
    const IndexMap map = LC_TRY(index_map(call));
    low = high = map.index[2];
  }
  Rows rows{row_count(call.dims(0)), 0};
  for (std::int64_t i = out.begin; i < out.end; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (low[at] >= 0) rows = {std::min(rows.begin, low[at]), std::max(rows.end, high[at] + 1)};
  }
  return rows.begin < rows.end ? rows : Rows{0, 1};
}

}  // namespace

Result<IndexMap> index_map(const Call& call) {
  if (call.node.op == "Slice") return slice_map(call);
  if (call.node.op == "Split") return split_map(call);
  if (call.node.op == "Pad") return pad_map(call);
  if (call.node.op == "Gather") return gather_map(call);
  return resize_map(call);
}

Rows cut_window(const Window& whole, Rows out, Window& cut) {
  const std::int64_t reach = (whole.kernel[0] - 1) * whole.dilation[0] + 1;
  const std::int64_t begin = out.begin * whole.stride[0] - whole.pad_begin[0];
  const std::int64_t end = (out.end - 1) * whole.stride[0] - whole.pad_begin[0] + reach;
  // A window may lie in the padding altogether; one row is kept for it then.
  const Rows in{std::clamp<std::int64_t>(begin, 0, whole.in[0] - 1),
                std::clamp<std::int64_t>(end, 1, whole.in[0])};
  cut = whole;
  cut.in[0] = in.size();
  cut.out[0] = out.size();
  cut.pad_begin[0] = in.begin - begin;
  cut.pad_end[0] = end - in.end;
  return in;
}

bool Lowering::is_alias(const Layer& layer) const {
  const std::string& op = layer.node.op;
  if (!is_one_of(op, {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose"})) return false;
  const Dims &in = graph_.dims(layer.node.inputs[0]), &out = graph_.dims(layer.output);
  if (op != "Transpose") return in == out || (is_row_major(in) && is_row_major(out));
  const auto order = transpose_order(graph_.call(layer.node));
  if (!order) return false;
  Nest<2> nest;
  const Dims from = memory_strides(in), to = memory_strides(out);
  for (std::size_t axis : memory_order(out.size())) nest.add(out[axis], {to[axis], from[(*order)[axis]]});
  return nest.depth == 0 || (nest.depth == 1 && nest.loops[0].stride == std::array<std::int64_t, 2>{1, 1});
}

bool Lowering::can_cut(const Layer& layer) const {
  const Dims& out = graph_.dims(layer.output);
  if (out.size() != 4 || out[0] != 1) return false;
  const std::string& op = layer.node.op;
  if (op == "Concat") {
    const auto axis = layer.node.integer("axis", 1);
    return axis && (*axis == 1 || *axis == 3 || *axis == -1 || *axis == -3);
  }
  if (op == "Gather" || maps_indices(op))
    return graph_.dims(layer.node.inputs[0]).size() == 4 && graph_.dims(layer.node.inputs[0])[0] == 1 &&
           op != "Gather" && out[2] <= kMaxListedRows;
  if (slides(op) || stretches(op) ||
      is_one_of(op,
                {kResidualBlock, kConvToSpace, kStore, kPatches, kPaint, "Expand", "BatchNormalization", "QuantizeLinear", "DequantizeLinear", "DepthToSpace", "SpaceToDepth"}))
    return true;
  const auto activations = activation_params(graph_.call(layer.node));
  return activations && !activations->empty();
}

std::int64_t Lowering::row_multiple(const Layer& layer) const {
  const bool merged = layer.node.op == kConvToSpace || layer.node.op == kPaint;
  if (layer.node.op != "DepthToSpace" && !merged) return 1;
  const auto p = block_params(graph_.call(merged ? layer.parts[1].node : layer.node));
  return p ? p->block : 1;
}

Result<Rows> Lowering::needed(const Layer& layer, int value, Rows out) const {
  const Dims& dims = graph_.dims(value);
  const Rows all{0, row_count(dims)};
  if (value == layer.residual &&
      std::find(layer.node.inputs.begin(), layer.node.inputs.end(), value) == layer.node.inputs.end())
    return out;
  const std::string& op = layer.node.op;
  if (!can_cut(layer)) return all;
  if (op == kResidualBlock)
    return Rows{std::max<std::int64_t>(out.begin - 1, 0), std::min(out.end + 1, all.end)};
  if (op == kConvToSpace || op == kPaint) {
    const std::int64_t b = row_multiple(layer);
    return Rows{out.begin / b, (out.end + b - 1) / b};
  }
  if (op == kStore) return out;
  const Call call = graph_.call(layer.node);
  if (slides(op)) {
    Window cut;
    Rows rows = cut_window(LC_TRY(window_of(call)), out, cut);
    if (value == layer.residual) rows = {std::min(rows.begin, out.begin), std::max(rows.end, out.end)};
    return rows;
  }
  if (op == "DepthToSpace" || op == "SpaceToDepth") {
    const std::int64_t b = LC_TRY(block_params(call)).block;
    return op == "DepthToSpace" ? Rows{out.begin / b, (out.end + b - 1) / b}
                                : Rows{out.begin * b, out.end * b};
  }
  if (maps_indices(op)) return mapped_rows(call, out);
  return all.end == 1 && graph_.dims(layer.output)[2] != 1 ? all
                                                           : out;  // stretched over the rows, or row by row
}

std::int64_t Lowering::Job::first(std::size_t input) const {
  const auto place = places.find(layer.node.inputs[input]);
  return place == places.end() ? 0 : place->second.first;
}

std::byte* Lowering::Job::bytes_at(int value, std::int64_t row) const {
  const Place& place = places.at(value);
  return place.data + lowering.bytes(value, (row - place.first) * row_elements(lowering.graph_.dims(value)));
}

float* Lowering::keep(std::vector<float> values) {
  kept_.push_back(std::make_unique<std::vector<float>>(std::move(values)));
  return kept_.back()->data();
}

const float* Lowering::constant_in_memory(int value) {
  auto& blob = constants_[value];
  if (!blob) {
    const Tensor& constant = *graph_.constant(value);
    const bool integers = constant.info.type == DType::i64;
    blob = share(Blob::of(to_memory(
        graph_.dims(value), integers ? std::vector<float>(constant.i.begin(), constant.i.end()) : constant.f)));
  }
  return reinterpret_cast<const float*>(blob->get());
}

void Lowering::drop_plain_weights() {
  for (auto& [layer, weights] : weights_) weights.drop_plain();
}

Result<Tasks> Lowering::make(const Layer& layer, Rows out, const Places& places, bool in_place) {
  Job job{*this, layer, graph_.call(layer.node), out, places, in_place, {}, {}};
  for (int value : layer.node.inputs) {
    const bool constant = value != kAbsent && graph_.constant(value);
    const bool wanted = value != kAbsent && (graph_.infos[static_cast<std::size_t>(value)].type == DType::f32 ||
                                             layer.node.op == "Pow");  // integers may be exponents
    job.in.push_back(!wanted    ? nullptr
                     : constant ? (layer.has_weights() ? nullptr : constant_in_memory(value))
                                : reinterpret_cast<const float*>(places.at(value).data));
  }
  const std::string& op = layer.node.op;
  const auto lower = [&]() -> Result<> {
    if (tiling_.has(layer)) return tiles(job);
    if (op == "Conv" || op == "ConvTranspose") return convolution(job);
    if (op == "MaxPool" || op == "AveragePool" || op == "GlobalAveragePool") return pooling(job);
    if (op == "Gemm" || (op == "MatMul" && layer.has_weights())) return dense(job);
    if (op == "MatMul") return matrices(job);
    if (op == "BatchNormalization") return batch_norm(job);
    if (op == "QuantizeLinear" || op == "DequantizeLinear") return quantisation(job);
    if (op == "Concat") return concat(job);
    if (op == "Expand") return expand(job);
    if (op == "DepthToSpace" || op == "SpaceToDepth") return blocks(job);
    if (op == "ReduceMean") return mean(job);
    if (op == "Softmax" || op == "LogSoftmax") return softmax(job);
    if (!LC_TRY(activation_params(job.call)).empty()) return activations(job);
    if (stretches(op)) return arithmetic(job);
    if (is_resize(op) && LC_TRY(resizes_linearly(job.call))) return linear_resize(job);
    if (maps_indices(op)) return indices(job);
    if (is_one_of(op, {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose"})) return reorder(job);
    return fail(Errc::unsupported, "is supported only where all of its inputs are constant");
  };
  if (auto done = lower(); !done) return within(layer.node.title(), std::move(done).error());
  return std::move(job.tasks);
}

}  // namespace lc::nn
