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
    if (count(value->info.dims) > 1) return fail(Errc::corrupt, "constant_value must be a single number");
    if (value->f.size() == 1) map.fill = value->f[0];
    if (value->i.size() == 1) map.fill = static_cast<float>(value->i[0]);
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

Result<IndexMap> split_map(const Call& call) {
  const Dims& in = call.dims(0);
  const std::size_t axis = LC_TRY(checked_axis(LC_TRY(call.node.integer("axis", 0)), in.size()));
  const std::int64_t parts = LC_TRY(call.node.integer(kSplitParts, 1)), n = in[axis];
  const auto part = static_cast<std::size_t>(LC_TRY(call.node.integer(kSplitPart, 0)));
  auto sizes = LC_TRY(list(call, call.opset >= 13, 1, "split", {}));
  if (sizes.empty()) {
    if (n % parts != 0) return fail(Errc::corrupt, "{} cannot be split into {} equal parts", n, parts);
    sizes.assign(static_cast<std::size_t>(parts), n / parts);
  }
  const auto fail_to_fit = [&] {
    return fail(Errc::corrupt, "sizes {} do not split {} into {} parts", to_string(sizes), n, parts);
  };
  if (sizes.size() != static_cast<std::size_t>(parts)) return fail_to_fit();
  std::int64_t end = 0, begin = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 0 || sizes[i] > n - end) return fail_to_fit();
    if (i == part) begin = end;
    end += sizes[i];
  }
  if (end != n) return fail_to_fit();
  IndexMap map = LC_TRY(whole(in));
  map.index[axis] = all(sizes[part]);
  for (std::int64_t& i : map.index[axis]) i += begin;
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
