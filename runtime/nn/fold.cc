#include "nn/fold.h"

#include "nn/onnx_reader.h"
#include "nn/op_params.h"

namespace lc::nn {
namespace {

// What folding may cost altogether; exporters leave a few dozen elements to fold.
constexpr std::int64_t kMaxFoldedElements = std::int64_t{1} << 26;
constexpr std::uint64_t kMaxFoldedMacs = std::uint64_t{1} << 28;

// Places of all axes that Slice, Split, Pad, Resize and Gather list one by one. Models have a few thousand for each of
// them.
constexpr std::int64_t kMaxIndices = std::int64_t{1} << 24;

std::int64_t indices_of(const Node& node, const Dims& out) {
  std::int64_t total = 0;
  for (const char* op : {"Slice", "Split", "Pad", "Resize", "Upsample", "Gather"})
    if (node.op == op)
      for (std::int64_t d : out) total += d;
  return total;
}

// Multiply-adds of the operators that have many; 0 for the others.
Result<std::uint64_t> macs_of(const Call& call, const Dims& out) {
  const auto total = static_cast<std::uint64_t>(count(out));
  const std::string& op = call.node.op;
  if (op == "Conv" || op == "ConvTranspose") {
    const ConvParams p = LC_TRY(conv_params(call));
    const auto taps =
        static_cast<std::uint64_t>(p.window.kernel[0] * p.window.kernel[1] * (p.in_channels / p.groups));
    if (!p.transposed) return total * taps;
    return static_cast<std::uint64_t>(count(call.dims(0))) *
           static_cast<std::uint64_t>(p.window.kernel[0] * p.window.kernel[1] * (p.out_channels / p.groups));
  }
  if (op == "Gemm") return total * static_cast<std::uint64_t>(LC_TRY(gemm_params(call)).k);
  if (op == "MatMul") return total * static_cast<std::uint64_t>(call.dims(0).back());
  return 0;
}

// What plain twins do that their multiply-adds do not say: every place of every window of a pooling; the four
// neighbours of each result of a linear resize, whose places take about eight steps each to find.
Result<std::uint64_t> twin_steps(const Call& call, const Dims& out) {
  const auto results = static_cast<std::uint64_t>(count(out));
  const std::string& op = call.node.op;
  if (op == "Resize" || op == "Upsample") return LC_TRY(resizes_linearly(call)) ? 32 * results : 0;
  if (op != "MaxPool" && op != "AveragePool") return 0;
  const Window w = (LC_TRY(pool_params(call))).window;
  return results * static_cast<std::uint64_t>(w.kernel[0] * w.kernel[1]);
}

class Folder {
 public:
  explicit Folder(const Model& model) : model_(model) {
    out_.opset = model.opset;
    out_.values = model.values;
    out_.infos.resize(model.values.size());
    out_.inputs = model.inputs;
    for (std::size_t i = 0; i < model.values.size(); ++i) {
      same_as_.push_back(static_cast<int>(i));
      if (model.values[i].constant) out_.infos[i] = model.values[i].constant->info;
    }
  }

  Result<Folded> run(const std::vector<Dims>& input_dims) {
    LC_TRY(bind(input_dims));
    for (const Node& node : model_.nodes) {
      auto done = visit(node);
      if (!done) return within(node.title(), std::move(done).error());
    }
    for (int value : model_.outputs) out_.outputs.push_back(root(value));
    drop_unused();
    LC_TRY(check_outputs());
    take_steps();
    return std::move(out_);
  }

 private:
  static std::size_t at(int value) { return static_cast<std::size_t>(value); }
  int root(int value) const { return value == kAbsent ? kAbsent : same_as_[at(value)]; }

  Result<> bind(const std::vector<Dims>& given) {
    if (!given.empty() && given.size() != model_.inputs.size())
      return fail(Errc::invalid_config, "shapes for {} inputs, the graph has {}", given.size(),
                  model_.inputs.size());
    for (std::size_t i = 0; i < model_.inputs.size(); ++i) {
      const Port& port = model_.input_ports[i];
      const Dims& dims = given.empty() ? port.dims : given[i];
      const std::string name = printable(port.name);
      bool fits = port.dims.empty() || port.dims.size() == dims.size();
      for (std::size_t d = 0; fits && d < port.dims.size(); ++d)
        fits = port.dims[d] < 0 || port.dims[d] == dims[d];
      if (!fits)
        return fail(Errc::invalid_config, "input '{}': shape {} was asked for, the model takes {}", name,
                    to_string(dims), to_string(port.dims));
      for (std::int64_t d : dims)
        if (d < 1)
          return fail(Errc::invalid_config, "input '{}': shape {} is open; give its dimensions", name,
                      to_string(dims));
      if (auto size = element_count(dims); !size)
        return within(fmt::format("input '{}'", name), std::move(size).error());
      out_.infos[at(model_.inputs[i])] = {DType::f32, dims};
    }
    return {};
  }

  Result<> visit(const Node& original) {
    Node node = original;
    for (int& in : node.inputs) in = root(in);
    const Call call = out_.call(node);
    const Operator* op = find_operator(node.op);
    TensorInfo info = LC_TRY(op->shape(call));
    const int result = node.outputs[0];
    out_.infos[at(result)] = info;
    indices_ += indices_of(node, info.dims);
    if (indices_ > kMaxIndices)
      return fail(Errc::unsupported, "axes too long to be cut, padded or resized, {} places in all", indices_);
    const std::uint64_t macs = LC_TRY(macs_of(call, info.dims));
    bool known = true;
    for (const Operand& in : call.in) known = known && (!in.info || in.constant);
    if (known || node.op == "Shape") return compute(call, *op, macs, result);
    const bool same = node.op == "Identity" || node.op == "Dropout" ||
                      (node.op == "Cast" && info.type == call.in[0].info->type);
    if (same) {
      same_as_[at(result)] = node.inputs[0];
      return {};
    }
    if (info.type != DType::f32)
      return fail(Errc::unsupported, "computes integers from an input of the graph");
    if (call.in[0].info->type != DType::f32)
      return fail(Errc::unsupported, "turns integers into floats at run time");
    if (count(info.dims) == 0)
      return fail(Errc::unsupported, "its result of shape {} is empty", to_string(info.dims));
    node.outputs.resize(1);
    out_.nodes.push_back(std::move(node));
    macs_.push_back(macs);
    return {};
  }

  Result<> compute(const Call& call, const Operator& op, std::uint64_t macs, int result) {
    folded_macs_ += macs + LC_TRY(twin_steps(call, out_.infos[at(result)].dims));
    folded_elements_ += count(out_.infos[at(result)].dims);
    for (const Operand& in : call.in)
      folded_elements_ += in.info && call.node.op != "Shape" ? count(in.info->dims) : 0;
    if (folded_macs_ > kMaxFoldedMacs || folded_elements_ > kMaxFoldedElements)
      return fail(Errc::unsupported,
                  "too much of the graph depends on constants only; simplify the model before export");
    auto value = op.reference(call);
    if (!value) return tl::unexpected<Error>(std::move(value).error());
    const TensorInfo& info = out_.infos[at(result)];
    LC_EXPECT(value->info.type == info.type && value->info.dims == info.dims, "a result as its shape rule says");
    out_.values[at(result)].constant = std::make_shared<const Tensor>(*std::move(value));
    return {};
  }

  void drop_unused() {
    std::vector<bool> used(out_.values.size());
    for (int value : out_.outputs) used[at(value)] = true;
    std::vector<Node> kept;
    for (std::size_t i = out_.nodes.size(); i-- > 0;) {
      Node& node = out_.nodes[i];
      if (!used[at(node.outputs[0])]) continue;
      for (int in : node.inputs)
        if (in != kAbsent) used[at(in)] = true;
      out_.macs += macs_[i];
      kept.push_back(std::move(node));
    }
    out_.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
  }

  Result<> check_outputs() const {
    for (std::size_t i = 0; i < out_.outputs.size(); ++i) {
      const TensorInfo& info = out_.infos[at(out_.outputs[i])];
      const std::string name = printable(model_.output_ports[i].name);
      if (info.type != DType::f32) return fail(Errc::unsupported, "output '{}' holds integers", name);
      if (count(info.dims) == 0) return fail(Errc::unsupported, "output '{}' is empty", name);
    }
    return {};
  }

  // Those that fit: one, or one for each channel.
  void take_steps() {
    for (const auto& [value, steps] : model_.steps) {
      const Dims& dims = out_.dims(value);
      const std::int64_t channels = dims.size() == 4 ? dims[1] : dims.empty() ? 1 : dims.back();
      if (steps.step.size() == 1 || static_cast<std::int64_t>(steps.step.size()) == channels) out_.steps[root(value)] = steps;
    }
  }

  const Model& model_;
  Folded out_;
  std::vector<int> same_as_;         // by value: the value that it is a copy of
  std::vector<std::uint64_t> macs_;  // by node of out_
  std::uint64_t folded_macs_ = 0;
  std::int64_t folded_elements_ = 0, indices_ = 0;
};

}  // namespace

Call Folded::call(const Node& node) const {
  Call out{node, opset, {}};
  for (int in : node.inputs) {
    if (in == kAbsent)
      out.in.push_back({});
    else
      out.in.push_back({&infos[static_cast<std::size_t>(in)], constant(in).get()});
  }
  return out;
}

Result<Folded> fold(const Model& model, const std::vector<Dims>& input_dims) {
  return Folder(model).run(input_dims);
}

}  // namespace lc::nn
