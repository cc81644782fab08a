#include <algorithm>

#include "base/shared.h"
#include "nn/lower.h"
#include "nn/tile_select.h"
#include "nn/tile_task.h"

namespace lc::nn {
namespace {

// [out][in][rows][columns] to [out][rows][columns][in].
std::vector<float> channels_last(const std::vector<float>& from, std::size_t channels, std::size_t taps) {
  std::vector<float> to(from.size());
  for (std::size_t n = 0; n < from.size(); ++n) {
    const std::size_t tap = n % taps, c = n / taps % channels, o = n / taps / channels;
    to[(o * taps + tap) * channels + c] = from[n];
  }
  return to;
}

std::vector<float> transposed(const std::vector<float>& from, std::size_t rows, std::size_t columns) {
  std::vector<float> to(from.size());
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) to[c * rows + r] = from[r * columns + c];
  return to;
}

std::vector<int> depthwise_channels(int channels) {
  std::vector<int> out;
  for (int i = 0; i < channels; ++i) out.push_back(i / 32 * 32 + depthwise_order(i % 32));
  return out;
}

int narrow_int(std::int64_t n) { return static_cast<int>(n); }

}  // namespace

Result<> Lowering::tiles(Job& job) {
  if (job.layer.node.op == kResidualBlock) return tile_block(job);
  if (job.layer.node.op == kStore) return store(job);
  if (job.layer.node.op == kPatches) return tile_patch(job);
  if (job.layer.node.op == kPaint) return tile_paint(job);
  return tile_conv(job);
}

Result<> Lowering::store(Job& job) {
  const int from = job.layer.node.inputs[0], to = job.layer.output;
  job.tasks.push_back(store_task(best_tiles(), stored(from), stored(to), static_cast<std::size_t>(job.out_elements()),
                                 job.bytes_at(from, job.rows.begin), job.bytes_at(to, job.rows.begin)));
  return {};
}

Result<> Lowering::tile_patch(Job& job) {
  auto& patch = patches_[job.layer.output];
  if (!patch) {
    const Layer& conv = job.layer.parts[0];
    const ConvParams p = LC_TRY(conv_params(graph_.call(conv.node)));
    const int side = narrow_int(p.window.kernel[0]), channels = narrow_int(p.in_channels);
    const FoldedPatch folded = fold_patch(
        read_format_, channels, side,
        channels_last(conv.weights, static_cast<std::size_t>(channels), static_cast<std::size_t>(side * side)), conv.bias);
    const Finish finish = *finish_of(conv);
    PackedMatrix matrix = pack_matrix(folded.weights, folded.bias, narrow_int(p.out_channels), tiling_.inner());
    if (finish.curve == Curve::lines) bend(matrix, finish.slope);
    patch = std::make_shared<TilePatch>(
        TilePatch{&best_tiles(), read_format_.format, PatchReader(read_format_.format, channels, side),
                  share(std::move(matrix)), finish, stored(job.layer.output), side, narrow_int(p.window.out[0]), narrow_int(p.window.out[1])});
    count_macs(tiling_.inner(), p.window.out[0] * p.window.out[1], p.in_channels * side * side, p.out_channels);
  }
  job.tasks.push_back(patch_task(patch, read_, job.rows, job.bytes_at(job.layer.output, job.rows.begin)));
  return {};
}

Result<> Lowering::tile_paint(Job& job) {
  auto& paint = paints_[job.layer.output];
  const int input = job.layer.node.inputs[0];
  if (!paint) {
    const Layer& conv = job.layer.parts[0];
    const int block = narrow_int((LC_TRY(block_params(graph_.call(job.layer.parts[1].node)))).block);
    const Dims& in = graph_.dims(input);
    const FoldedPaint folded = fold_paint(paint_format_, narrow_int(job.out_dims()[1]), block, conv.weights, conv.bias);
    paint = std::make_shared<TilePaint>(TilePaint{
        &best_tiles(), paint_format_.format,
        share(pack_matrix(folded.weights, folded.bias, narrow_int(static_cast<std::int64_t>(folded.bias.size())),
                          tiling_.inner())),
        stored(input), narrow_int(in[1]), narrow_int(in[2]), narrow_int(in[3]), block});
    count_macs(tiling_.inner(), in[2] * in[3], in[1], graph_.dims(conv.output)[1]);
  }
  const Rows rows{job.rows.begin / paint->block, (job.rows.end + paint->block - 1) / paint->block};
  job.tasks.push_back(paint_task(paint, paint_, rows, job.bytes_at(input, rows.begin)));
  return {};
}

// A pixel beyond the picture is 0 in every channel: that must be one number.
std::optional<Steps> Lowering::steps_of_convolution(int value, int channels) const {
  auto s = steps(value, channels);
  if (s && !std::all_of(s->zero.begin(), s->zero.end(), [&](float z) { return z == s->zero[0]; })) s.reset();
  return s;
}

std::optional<Steps> Lowering::steps(int value, int channels) const {
  const auto at = graph_.steps.find(value);
  if (tiling_.precision() != Precision::int8 || at == graph_.steps.end()) return std::nullopt;
  Steps steps = at->second;
  steps.step.resize(static_cast<std::size_t>(channels), steps.step[0]);  // one stands for all
  steps.zero.resize(static_cast<std::size_t>(channels), steps.zero[0]);
  return steps;
}

Result<> Lowering::tile_block(Job& job) {
  auto& block = blocks_[job.layer.output];
  if (!block) block = pack_block(job.layer);
  const int x = job.layer.node.inputs[0];
  const Place& from = job.places.at(x);
  job.tasks.push_back(block_task(block, job.rows, from.data, from.first, job.bytes_at(job.layer.output, job.rows.begin)));
  return {};
}

std::shared_ptr<const TileBlock> Lowering::pack_block(const Layer& layer) {
  const Layer &depth = layer.parts[0], &widen = layer.parts[1], &narrow = layer.parts[2];
  const Dims& in = graph_.dims(layer.node.inputs[0]);
  const int channels = narrow_int(in[1]), hidden = narrow_int(graph_.dims(widen.output)[1]);
  const Number inner = tiling_.inner();
  const float slope = widen.post[0].f.alpha;
  auto b = std::make_shared<TileBlock>();
  b->kernels = &best_tiles();
  b->from = stored(layer.node.inputs[0]);
  b->to = stored(layer.output);
  b->rows = narrow_int(in[2]);
  b->columns = narrow_int(in[3]);
  const auto first = steps(depth.output, channels), second = steps(widen.output, hidden);
  PackedMatrix wide;
  if (first && second) {
    b->depth = share(pack_depthwise(depth.weights, depth.bias, inner, *first));
    wide = pack_matrix_u8(widen.weights, widen.bias, hidden, *first);
    bend(wide, slope, *second);
    b->narrow = share(pack_matrix_u8(narrow.weights, narrow.bias, channels, *second));
  } else {
    b->depth = share(pack_depthwise(depth.weights, depth.bias, inner));
    wide = pack_matrix(widen.weights, widen.bias, hidden, inner,
                       inner == Number::bf16 ? depthwise_channels(channels) : std::vector<int>{});
    bend(wide, slope);
    b->narrow = share(pack_matrix(narrow.weights, narrow.bias, channels, inner));
  }
  b->widen = share(std::move(wide));
  count_macs(inner, in[2] * in[3], 9, channels);
  count_macs(b->widen->number, in[2] * in[3], channels, hidden);
  count_macs(b->narrow->number, in[2] * in[3], hidden, channels);
  b->zeros = share(Blob::zeros(static_cast<std::size_t>(in[1] * in[3]) * sizeof(float)));
  return b;
}

Result<> Lowering::tile_conv(Job& job) {
  auto& conv = convs_[job.layer.output];
  if (!conv) conv = LC_TRY(pack_conv(job.layer));
  const Place& from = job.places.at(job.layer.node.inputs[0]);
  const Rows rows{job.rows.begin / conv->block, (job.rows.end + conv->block - 1) / conv->block};
  const std::byte* residual = nullptr;
  if (job.layer.residual != kAbsent)
    residual = job.bytes_at(job.in_place ? job.layer.output : job.layer.residual, rows.begin);
  job.tasks.push_back(conv_task(conv, conv_rows(job.layer, rows), from.data, from.first, residual,
                                job.bytes_at(job.layer.output, job.rows.begin)));
  return {};
}

// Rows of the picture that the convolution sees: a matrix is a picture of one row.
Rows Lowering::conv_rows(const Layer& layer, Rows rows) const {
  return graph_.dims(layer.output).size() == 4 ? rows : Rows{0, 1};
}

Result<std::shared_ptr<const TileConv>> Lowering::pack_conv(const Layer& layer) {
  const Layer& own = layer.parts.empty() ? layer : layer.parts[0];
  const Call call = graph_.call(own.node);
  auto c = std::make_shared<TileConv>();
  c->kernels = &best_tiles();
  c->from = stored(layer.node.inputs[0]);
  c->to = stored(layer.output);
  c->added = layer.residual == kAbsent ? Number::f32 : stored(layer.residual);
  c->finish = *finish_of(own);
  std::vector<float> weights;
  std::int64_t channels = 0;
  if (own.node.op == "Conv") {
    const ConvParams p = LC_TRY(conv_params(call));
    c->window = p.window;
    c->channels = narrow_int(p.in_channels);
    channels = p.out_channels;
    weights = channels_last(own.weights, static_cast<std::size_t>(p.in_channels),
                            static_cast<std::size_t>(p.window.kernel[0] * p.window.kernel[1]));
  } else {
    channels = graph_.dims(own.output).back();
    const std::int64_t k = static_cast<std::int64_t>(own.weights.size()) / channels;
    const std::int64_t m = count(call.dims(0)) / k;
    c->window = {{1, m}, {1, m}, {1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}};
    c->channels = narrow_int(k);
    weights = transposed(own.weights, static_cast<std::size_t>(k), static_cast<std::size_t>(channels));
  }
  PackedMatrix matrix;
  if (const auto in = steps_of_convolution(own.node.inputs[0], c->channels)) {
    Steps each;  // of each number that is summed
    for (std::size_t k = 0; k < weights.size() / static_cast<std::size_t>(channels); ++k) {
      each.step.push_back(in->step[k % in->step.size()]);
      each.zero.push_back(in->zero[0]);
    }
    matrix = pack_matrix_u8(weights, own.bias, narrow_int(channels), each);
    for (float step : in->step) c->inverse_step.push_back(1 / step);
    c->zero = static_cast<std::uint8_t>(in->zero[0]);
  } else {
    matrix = pack_matrix(weights, own.bias, narrow_int(channels), tiling_.inner());
  }
  if (c->finish.curve == Curve::lines) bend(matrix, c->finish.slope);
  c->matrix = share(std::move(matrix));
  count_macs(c->matrix->number, c->window.out[0] * c->window.out[1], static_cast<std::int64_t>(weights.size()) / channels,
             channels);
  if (layer.node.op == kConvToSpace) c->block = narrow_int((LC_TRY(block_params(graph_.call(layer.parts[1].node)))).block);
  return c;
}

}  // namespace lc::nn
