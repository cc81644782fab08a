#include <algorithm>

#include "nn/op_params.h"

namespace lc::nn {
namespace {

constexpr std::int64_t kMaxWindow =
    1 << 15;  // kernel, stride, dilation, padding: bounds sums and products below

Result<std::array<std::int64_t, 2>> pair(const Node& node, const char* name,
                                         std::array<std::int64_t, 2> absent, std::int64_t least) {
  const auto values = LC_TRY(node.integers(name, {absent[0], absent[1]}));
  if (values.size() != 2)
    return fail(Errc::unsupported, "{} of {} values; two-dimensional only", name, values.size());
  for (std::int64_t v : values)
    if (v < least || v > kMaxWindow)
      return fail(Errc::unsupported, "{} is {}; {} to {} are supported", name, v, least, kMaxWindow);
  return std::array{values[0], values[1]};
}

// Fills stride, dilation and padding; in and kernel are set already.
Result<std::string> read_window(const Node& node, Window& w) {
  w.stride = LC_TRY(pair(node, "strides", {1, 1}, 1));
  w.dilation = LC_TRY(pair(node, "dilations", {1, 1}, 1));
  for (std::size_t i = 0; i < 2; ++i) {
    if (w.in[i] < 1 || w.in[i] > (std::int64_t{1} << 24))
      return fail(Errc::unsupported, "a picture of {} rows or columns", w.in[i]);
    if (w.kernel[i] < 1 || w.kernel[i] > kMaxWindow)
      return fail(Errc::unsupported, "a kernel of size {}", w.kernel[i]);
  }
  const auto pads = LC_TRY(node.integers("pads", {0, 0, 0, 0}));
  if (pads.size() != 4)
    return fail(Errc::unsupported, "pads of {} values; two-dimensional only", pads.size());
  for (std::int64_t v : pads)
    if (v < 0 || v > kMaxWindow) return fail(Errc::unsupported, "a padding of {}", v);
  w.pad_begin = {pads[0], pads[1]};
  w.pad_end = {pads[2], pads[3]};
  std::string mode = LC_TRY(node.text("auto_pad", "NOTSET"));
  if (mode.empty()) mode = "NOTSET";
  if (mode != "NOTSET" && mode != "SAME_UPPER" && mode != "SAME_LOWER" && mode != "VALID")
    return fail(Errc::corrupt, "auto_pad is none of NOTSET, SAME_UPPER, SAME_LOWER, VALID");
  if (mode == "VALID") w.pad_begin = w.pad_end = {0, 0};
  return mode;
}

std::int64_t reach(const Window& w, std::size_t i) { return w.dilation[i] * (w.kernel[i] - 1) + 1; }

// Splits padding between both sides; the odd one goes to the end (SAME_UPPER) or to the beginning
// (SAME_LOWER).
void split(Window& w, std::size_t i, std::int64_t total, bool more_at_end) {
  total = std::max<std::int64_t>(total, 0);
  w.pad_begin[i] = more_at_end ? total / 2 : total - total / 2;
  w.pad_end[i] = total - w.pad_begin[i];
}

Result<> forward_window(const std::string& mode, bool ceil, Window& w) {
  for (std::size_t i = 0; i < 2; ++i) {
    if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
      w.out[i] = (w.in[i] + w.stride[i] - 1) / w.stride[i];
      split(w, i, (w.out[i] - 1) * w.stride[i] + reach(w, i) - w.in[i], mode == "SAME_UPPER");
      continue;
    }
    const std::int64_t room = w.in[i] + w.pad_begin[i] + w.pad_end[i] - reach(w, i);
    if (room < 0) return fail(Errc::corrupt, "the kernel is larger than the padded input of {}", w.in[i]);
    w.out[i] = room / w.stride[i] + 1;
    if (ceil && room % w.stride[i] != 0) {
      // One more window, if it begins inside the input or its left padding; the rest is padding.
      if (w.out[i] * w.stride[i] < w.in[i] + w.pad_begin[i]) {
        w.pad_end[i] += w.stride[i] - room % w.stride[i];
        ++w.out[i];
      }
    }
  }
  return {};
}

Result<> transposed_window(const Node& node, const std::string& mode, Window& w) {
  const auto extra = LC_TRY(pair(node, "output_padding", {0, 0}, 0));
  const auto wanted = LC_TRY(node.integers("output_shape", {}));
  if (!wanted.empty() && wanted.size() != 2)
    return fail(Errc::unsupported, "output_shape of {} values; two-dimensional only", wanted.size());
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t full = w.stride[i] * (w.in[i] - 1) + extra[i] + reach(w, i);
    const bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
    if (extra[i] >= std::max(w.stride[i], w.dilation[i]))
      return fail(Errc::corrupt, "output_padding of {}", extra[i]);
    if (!wanted.empty() || same) {
      w.out[i] = wanted.empty() ? w.in[i] * w.stride[i] : wanted[i];
      // What is wanted beyond the last window is as output_padding.
      if (w.out[i] < 1 || w.out[i] >= full + w.stride[i])
        return fail(Errc::unsupported, "output_shape {} of at most {}", w.out[i], full + w.stride[i] - 1);
      // ONNX: SAME_UPPER puts the smaller half first here as well; anything else the larger.
      split(w, i, full - w.out[i], mode == "SAME_UPPER");
    } else {
      w.out[i] = full - w.pad_begin[i] - w.pad_end[i];
    }
    if (w.out[i] < 1) return fail(Errc::corrupt, "the padding leaves no output");
  }
  return {};
}

}  // namespace

Result<ConvParams> conv_params(const Call& call) {
  if (call.rank(0) != 4 || call.rank(1) != 4)
    return fail(Errc::unsupported, "input {} and weights {}; both need four dimensions",
                to_string(call.dims(0)), to_string(call.dims(1)));
  const Dims &x = call.dims(0), &weights = call.dims(1);
  ConvParams p{};
  p.transposed = call.node.op == "ConvTranspose";
  p.batch = x[0];
  p.in_channels = x[1];
  p.groups = LC_TRY(call.node.integer("group", 1));
  if (p.groups < 1 || p.groups > p.in_channels || p.in_channels % p.groups != 0)
    return fail(Errc::corrupt, "{} groups for {} channels", p.groups, p.in_channels);
  const std::int64_t in_channels = p.transposed ? weights[0] : weights[1] * p.groups;
  p.out_channels = p.transposed ? weights[1] * p.groups : weights[0];
  if (in_channels != p.in_channels || p.out_channels < 1 || p.out_channels % p.groups != 0)
    return fail(Errc::corrupt, "weights {} do not fit input {} in {} groups", to_string(weights),
                to_string(x), p.groups);
  p.window.in = {x[2], x[3]};
  p.window.kernel = {weights[2], weights[3]};
  const auto said = LC_TRY(call.node.integers("kernel_shape", {weights[2], weights[3]}));
  if (said != std::vector<std::int64_t>{weights[2], weights[3]})
    return fail(Errc::corrupt, "kernel_shape {} but weights {}", to_string(said), to_string(weights));
  const std::string mode = LC_TRY(read_window(call.node, p.window));
  if (p.transposed) {
    LC_TRY(transposed_window(call.node, mode, p.window));
  } else {
    LC_TRY(forward_window(mode, false, p.window));
  }
  p.bias = call.has(2);
  if (p.bias && call.dims(2) != Dims{p.out_channels})
    return fail(Errc::corrupt, "bias {} for {} channels", to_string(call.dims(2)), p.out_channels);
  LC_TRY(element_count({p.batch, p.out_channels, p.window.out[0], p.window.out[1]}));
  return p;
}

Result<PoolParams> pool_params(const Call& call) {
  if (call.rank(0) != 4)
    return fail(Errc::unsupported, "an input of {} dimensions; 4 are supported", call.rank(0));
  const Dims& x = call.dims(0);
  PoolParams p{};
  p.batch = x[0];
  p.channels = x[1];
  Window& w = p.window;
  w.in = {x[2], x[3]};
  if (call.node.op == "GlobalAveragePool") {
    p.kind = PoolKind::average;
    w.kernel = w.in;
    w.out = w.stride = w.dilation = {1, 1};
    return p;
  }
  w.kernel = LC_TRY(pair(call.node, "kernel_shape", {0, 0}, 1));
  const std::string mode = LC_TRY(read_window(call.node, w));
  const bool ceil = LC_TRY(call.node.integer("ceil_mode", 0)) != 0;
  const bool with_padding = LC_TRY(call.node.integer("count_include_pad", 0)) != 0;
  const auto pads_before = w.pad_end;
  LC_TRY(forward_window(mode, ceil, w));
  if (call.node.op == "MaxPool") {
    p.kind = PoolKind::max;
  } else {
    p.kind = with_padding ? PoolKind::average_with_padding : PoolKind::average;
    if (with_padding && ceil && w.pad_end != pads_before)
      return fail(Errc::unsupported, "ceil_mode together with count_include_pad for input {}", to_string(x));
    if (w.dilation != std::array<std::int64_t, 2>{1, 1})
      return fail(Errc::unsupported, "dilations in AveragePool");
  }
  for (std::size_t i = 0; i < 2; ++i)
    if (w.pad_begin[i] >= reach(w, i) || w.pad_end[i] >= reach(w, i) + w.stride[i])
      return fail(Errc::unsupported, "a padding of {} and {} for a window of {}", w.pad_begin[i],
                  w.pad_end[i], reach(w, i));
  LC_TRY(element_count({p.batch, p.channels, w.out[0], w.out[1]}));
  return p;
}

}  // namespace lc::nn
