#include <algorithm>
#include <cmath>

#include "nn/op_params.h"

namespace lc::nn {
namespace {

constexpr std::int64_t kMaxAxis = 1 << 24;  // a map has one entry for each place of an axis

struct Rule {
  std::string transform, nearest;
};

// Where place i of `out` lies among the `in` places of the input.
double coordinate(const Rule& rule, double scale, std::int64_t in, std::int64_t out, std::int64_t i) {
  const auto x = static_cast<double>(i), n = static_cast<double>(in), m = static_cast<double>(out);
  if (rule.transform == "asymmetric") return x / scale;
  if (rule.transform == "align_corners") return m > 1 ? x * (n - 1) / (m - 1) : 0;
  if (rule.transform == "pytorch_half_pixel" && out == 1) return 0;
  if (rule.transform == "tf_half_pixel_for_nn") return (x + 0.5) / scale;
  return (x + 0.5) / scale - 0.5;
}

std::int64_t nearest_index(const Rule& rule, double at, std::int64_t in) {
  double rounded;
  if (rule.nearest == "floor") {
    rounded = std::floor(at);
  } else if (rule.nearest == "ceil") {
    rounded = std::ceil(at);
  } else if (rule.nearest == "round_prefer_ceil") {
    rounded = std::floor(at + 0.5);
  } else {
    rounded = std::ceil(at - 0.5);  // round_prefer_floor
  }
  return static_cast<std::int64_t>(std::clamp(rounded, 0.0, static_cast<double>(in - 1)));
}

Result<Rule> read_rule(const Call& call) {
  if (call.opset < 11) return Rule{"asymmetric", "floor"};
  Rule rule{LC_TRY(call.node.text("coordinate_transformation_mode", "half_pixel")),
            LC_TRY(call.node.text("nearest_mode", "round_prefer_floor"))};
  const std::string_view known[] = {"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners",
                                    "tf_half_pixel_for_nn"};
  if (std::find(std::begin(known), std::end(known), rule.transform) == std::end(known))
    return fail(Errc::unsupported,
                "coordinate_transformation_mode other than half_pixel, pytorch_half_pixel, "
                "asymmetric, align_corners, tf_half_pixel_for_nn");
  const std::string_view roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
  if (std::find(std::begin(roundings), std::end(roundings), rule.nearest) == std::end(roundings))
    return fail(Errc::corrupt, "nearest_mode is unknown");
  return rule;
}

// One axis: its length after, and the scale that coordinates are computed with.
struct Scaled {
  std::int64_t out;
  double scale;
};

Result<std::vector<Scaled>> scaled_axes(const Call& call, const Rule& rule) {
  const bool has_sizes = call.opset >= 11;  // scales are input 1 before, 2 since; sizes are input 3
  const std::size_t at = has_sizes ? 2 : 1;
  const Dims& in = call.dims(0);
  const Tensor* scales = call.has(at) ? LC_TRY(call.constant(at, "scales")) : nullptr;
  const Tensor* sizes = has_sizes && call.has(3) ? LC_TRY(call.constant(3, "sizes")) : nullptr;
  if (scales && scales->f.empty()) scales = nullptr;
  if (sizes && sizes->i.empty()) sizes = nullptr;
  if (!scales == !sizes) return fail(Errc::corrupt, "either scales or sizes must be given");
  if ((scales && scales->f.size() != in.size()) || (sizes && sizes->i.size() != in.size()))
    return fail(Errc::corrupt, "scales or sizes do not fit {} dimensions", in.size());
  std::vector<Scaled> out;
  Dims dims;
  for (std::size_t axis = 0; axis < in.size(); ++axis) {
    if (in[axis] < 1) return fail(Errc::unsupported, "shape {} is empty", to_string(in));
    const auto n = static_cast<double>(in[axis]);
    const double exact = scales ? double{scales->f[axis]} : static_cast<double>(sizes->i[axis]) / n;
    if (!(exact > 0) || !(n * exact <= static_cast<double>(kMaxAxis)))
      return fail(Errc::unsupported, "a scale of {}", exact);
    // The tests of ONNX divide by the length before it is made whole, the common runtimes by the one after.
    if (rule.transform == "align_corners" && std::abs(n * exact - std::round(n * exact)) > 1e-3)
      return fail(Errc::unsupported, "align_corners with {} places scaled by {}, no whole number; give sizes", n,
                  exact);
    out.push_back({scales ? static_cast<std::int64_t>(std::floor(n * exact)) : sizes->i[axis], exact});
    dims.push_back(out.back().out);
  }
  LC_TRY(element_count(dims));
  return out;
}

}  // namespace

Result<bool> resizes_linearly(const Call& call) {
  const std::string mode = LC_TRY(call.node.text("mode", "nearest"));
  if (mode != "nearest" && mode != "linear") return fail(Errc::unsupported, "mode other than nearest and linear");
  return mode == "linear";
}

Result<IndexMap> resize_map(const Call& call) {
  const Rule rule = LC_TRY(read_rule(call));
  IndexMap map;
  for (const auto& [out, scale] : LC_TRY(scaled_axes(call, rule))) {
    const std::int64_t in = call.dims(0)[map.index.size()];
    std::vector<std::int64_t> index;
    for (std::int64_t i = 0; i < out; ++i)
      index.push_back(nearest_index(rule, coordinate(rule, scale, in, out, i), in));
    map.index.push_back(std::move(index));
  }
  return map;
}

Result<LinearMap> linear_map(const Call& call) {
  const Rule rule = LC_TRY(read_rule(call));
  LinearMap map;
  int changed = 0;
  for (const auto& [out, scale] : LC_TRY(scaled_axes(call, rule))) {
    const std::int64_t in = call.dims(0)[map.size()];
    LinearAxis axis;
    for (std::int64_t i = 0; i < out; ++i) {
      const double at = std::clamp(coordinate(rule, scale, in, out, i), 0.0, static_cast<double>(in - 1));
      const auto low = static_cast<std::int64_t>(at);
      const auto weight = static_cast<float>(at - static_cast<double>(low));
      axis.low.push_back(low);
      axis.high.push_back(weight == 0 ? low : std::min(low + 1, in - 1));
      axis.weight.push_back(weight);
    }
    axis.is_same = in == out;
    for (std::int64_t i = 0; axis.is_same && i < out; ++i) {
      const auto at = static_cast<std::size_t>(i);
      axis.is_same = axis.low[at] == i && axis.high[at] == i;
    }
    changed += axis.is_same ? 0 : 1;
    map.push_back(std::move(axis));
  }
  if (changed > 2) return fail(Errc::unsupported, "mode linear along {} axes; at most 2 are supported", changed);
  return map;
}

}  // namespace lc::nn
