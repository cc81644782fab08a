#include <algorithm>
#include <cmath>

#include "nn/op_params.h"

namespace lc::nn {
namespace {

std::vector<std::int64_t> all(std::int64_t n) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::int64_t>(i);
  return out;
}

constexpr std::int64_t kMaxAxis = 1 << 24;  // an index list has one entry for each place of an axis

bool within_limit(std::int64_t n) { return n >= -kMaxAxis && n <= kMaxAxis; }

Result<IndexMap> whole(const Dims& dims) {
  IndexMap map;
  for (std::int64_t d : dims) {
    if (!within_limit(d)) return fail(Errc::unsupported, "a dimension of {}", d);
    map.index.push_back(all(d));
  }
  return map;
}

Result<> check_size(const IndexMap& map) {
  Dims dims;
  for (const auto& index : map.index) dims.push_back(static_cast<std::int64_t>(index.size()));
  LC_TRY(element_count(dims));
  return {};
}

// A list of integers that is an attribute in old opsets and an input in new ones.
Result<std::vector<std::int64_t>> list(const Call& call, bool as_input, std::size_t index, const char* name,
                                       std::vector<std::int64_t> absent) {
  if (!as_input) return call.node.integers(name, absent);
  if (!call.has(index)) return absent;
  const Tensor* value = LC_TRY(call.constant(index, name));
  if (value->info.type != DType::i64) return fail(Errc::corrupt, "{} are not integers", name);
  return value->i;
}

}  // namespace

Result<IndexMap> slice_map(const Call& call) {
  const Dims& in = call.dims(0);
  const bool inputs = call.opset >= 10;
  const auto starts = LC_TRY(list(call, inputs, 1, "starts", {}));
  const auto ends = LC_TRY(list(call, inputs, 2, "ends", {}));
  const auto axes = LC_TRY(
      list(call, inputs, 3, "axes", all(static_cast<std::int64_t>(std::min(starts.size(), kMaxRank)))));
  const auto steps = inputs ? LC_TRY(list(call, true, 4, "steps", {})) : std::vector<std::int64_t>{};
  if (starts.size() != ends.size() || axes.size() != starts.size() ||
      (!steps.empty() && steps.size() != starts.size()))
    return fail(Errc::corrupt, "starts, ends, axes and steps differ in number");
  IndexMap map = LC_TRY(whole(in));
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = LC_TRY(checked_axis(axes[i], in.size()));
    const std::int64_t n = in[axis], step = steps.empty() ? 1 : steps[i];
    if (step == 0) return fail(Errc::corrupt, "a step of 0");
    map.index[axis].clear();
    if (n == 0) continue;
    const auto place = [n](std::int64_t at, std::int64_t low, std::int64_t high) {
      return std::clamp(at < 0 && at >= -n ? at + n : at, low, high);
    };
    const std::int64_t first = step > 0 ? place(starts[i], 0, n) : place(starts[i], 0, n - 1);
    const std::int64_t last = step > 0 ? place(ends[i], 0, n) : place(ends[i], -1, n - 1);
    const std::int64_t stride = std::clamp(step, -n - 1, n + 1);
    for (std::int64_t at = first; step > 0 ? at < last : at > last; at += stride)
      map.index[axis].push_back(at);
  }
  return map;
}

Result<IndexMap> pad_map(const Call& call) {
  const Dims& in = call.dims(0);
  const auto pads = LC_TRY(list(call, call.opset >= 11, 1, "pads", {}));
  if (pads.size() != 2 * in.size())
    return fail(Errc::corrupt, "{} pads for {} dimensions", pads.size(), in.size());
  const std::string mode = LC_TRY(call.node.text("mode", "constant"));
  if (mode != "constant" && mode != "edge" && mode != "reflect")
    return fail(Errc::unsupported, "mode is none of constant, edge, reflect");
  IndexMap map;
  map.fill = LC_TRY(call.node.number("value", 0));
  if (call.opset >= 11 && call.has(2)) {
    const Tensor* value = LC_TRY(call.constant(2, "constant_value"));
    if (value->f.size() > 1) return fail(Errc::corrupt, "constant_value must be a single number");
    if (value->f.size() == 1) map.fill = value->f[0];
  }
  for (std::size_t axis = 0; axis < in.size(); ++axis) {
    const std::int64_t n = in[axis], before = pads[axis], after = pads[axis + in.size()];
    if (!within_limit(n) || !within_limit(before) || !within_limit(after) || n + before + after < 0)
      return fail(Errc::unsupported, "pads of {} and {}", before, after);
    if (mode == "reflect" && (before >= n || after >= n))
      return fail(Errc::unsupported, "reflect pads of {} and {} for {}", before, after, n);
    std::vector<std::int64_t> index;
    for (std::int64_t i = -before; i < n + after; ++i) {
      std::int64_t at = i;
      if (mode == "edge") at = n == 0 ? -1 : std::clamp<std::int64_t>(i, 0, n - 1);
      if (mode == "reflect") at = i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
      index.push_back(at < 0 || at >= n ? -1 : at);
    }
    map.index.push_back(std::move(index));
    LC_TRY(check_size(map));
  }
  return map;
}

namespace {

struct ResizeRule {
  std::string transform, nearest;
};

std::int64_t nearest_index(const ResizeRule& rule, double scale, std::int64_t in, std::int64_t out,
                           std::int64_t i) {
  const auto x = static_cast<double>(i), n = static_cast<double>(in), m = static_cast<double>(out);
  double at;
  if (rule.transform == "asymmetric") {
    at = x / scale;
  } else if (rule.transform == "align_corners") {
    at = m > 1 ? x * (n - 1) / (m - 1) : 0;
  } else if (rule.transform == "pytorch_half_pixel" && out == 1) {
    at = 0;
  } else if (rule.transform == "tf_half_pixel_for_nn") {
    at = (x + 0.5) / scale;
  } else {
    at = (x + 0.5) / scale - 0.5;
  }
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
  return static_cast<std::int64_t>(std::clamp(rounded, 0.0, n - 1));
}

// Input numbers of scales and sizes differ by opset; -1: none.
struct ResizeInputs {
  int scales, sizes;
};

Result<ResizeRule> resize_rule(const Call& call) {
  if (LC_TRY(call.node.text("mode", "nearest")) != "nearest")
    return fail(Errc::unsupported, "mode other than nearest");
  if (call.opset < 11) return ResizeRule{"asymmetric", "floor"};
  ResizeRule rule{LC_TRY(call.node.text("coordinate_transformation_mode", "half_pixel")),
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

}  // namespace

Result<IndexMap> resize_map(const Call& call) {
  const ResizeRule rule = LC_TRY(resize_rule(call));
  const ResizeInputs at = call.opset < 11 ? ResizeInputs{1, -1} : ResizeInputs{2, 3};
  const Dims& in = call.dims(0);
  const Tensor* scales = nullptr;
  const Tensor* sizes = nullptr;
  if (call.has(static_cast<std::size_t>(at.scales)))
    scales = LC_TRY(call.constant(static_cast<std::size_t>(at.scales), "scales"));
  if (at.sizes >= 0 && call.has(static_cast<std::size_t>(at.sizes)))
    sizes = LC_TRY(call.constant(static_cast<std::size_t>(at.sizes), "sizes"));
  if (scales && scales->f.empty()) scales = nullptr;
  if (sizes && sizes->i.empty()) sizes = nullptr;
  if (!scales == !sizes) return fail(Errc::corrupt, "either scales or sizes must be given");
  if ((scales && scales->f.size() != in.size()) || (sizes && sizes->i.size() != in.size()))
    return fail(Errc::corrupt, "scales or sizes do not fit {} dimensions", in.size());
  IndexMap map;
  for (std::size_t axis = 0; axis < in.size(); ++axis) {
    if (in[axis] < 1) return fail(Errc::unsupported, "shape {} is empty", to_string(in));
    const auto n = static_cast<double>(in[axis]);
    const double exact = scales ? double{scales->f[axis]} : static_cast<double>(sizes->i[axis]) / n;
    if (!(exact > 0) || !(n * exact <= static_cast<double>(kMaxAxis)))
      return fail(Errc::unsupported, "a scale of {}", exact);
    const std::int64_t out = scales ? static_cast<std::int64_t>(std::floor(n * exact)) : sizes->i[axis];
    std::vector<std::int64_t> index;
    for (std::int64_t i = 0; i < out; ++i) index.push_back(nearest_index(rule, exact, in[axis], out, i));
    map.index.push_back(std::move(index));
    LC_TRY(check_size(map));
  }
  return map;
}

Result<IndexMap> gather_map(const Call& call) {
  const Dims& in = call.dims(0);
  const std::size_t axis = LC_TRY(checked_axis(LC_TRY(call.node.integer("axis", 0)), in.size()));
  const Tensor* indices = LC_TRY(call.constant(1, "indices"));
  if (indices->info.type != DType::i64) return fail(Errc::corrupt, "indices are not integers");
  IndexMap map = LC_TRY(whole(in));
  map.index[axis].clear();
  for (std::int64_t i : indices->i)
    map.index[axis].push_back(
        static_cast<std::int64_t>(LC_TRY(checked_axis(i, static_cast<std::size_t>(in[axis])))));
  LC_TRY(check_size(map));
  return map;
}

}  // namespace lc::nn
