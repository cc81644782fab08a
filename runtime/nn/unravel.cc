#include "nn/unravel.h"

#include <utility>

#include "nn/onnx_reader.h"
#include "nn/op_params.h"

namespace lc::nn {
namespace {

class Unraveller {
 public:
  explicit Unraveller(Model& model) : model_(model) {}

  Result<> run() {
    for (Node& node : model_.nodes) {
      if (node.op == "Min" || node.op == "Max" || node.op == "Sum") {
        LC_TRY(chain(node));
      } else if (node.op == "Split") {
        LC_TRY(part(node));
      } else {
        nodes_.push_back(std::move(node));
      }
      if (nodes_.size() > std::size_t{kMaxNodes})
        return fail(Errc::unsupported, "operands of Min, Max and Sum and outputs of Split count as nodes: more than {}",
                    kMaxNodes);
    }
    model_.nodes = std::move(nodes_);
    return {};
  }

 private:
  Result<> chain(const Node& node) {
    for (int in : node.inputs)
      if (in == kAbsent) return fail(Errc::corrupt, "{}: an input is missing", node.title());
    const std::string op = node.inputs.size() == 1 ? "Identity" : node.op == "Sum" ? "Add" : node.op;
    Node link{op, node.name, {node.inputs[0]}, {node.outputs[0]}, {}};
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
      link.inputs.push_back(node.inputs[i]);
      if (i + 1 == node.inputs.size()) break;
      const auto between = static_cast<int>(model_.values.size());
      model_.values.push_back({});
      link.outputs = {between};
      nodes_.push_back(std::exchange(link, {op, node.name, {between}, {node.outputs[0]}, {}}));
    }
    nodes_.push_back(std::move(link));
    return {};
  }

  Result<> part(const Node& node) {
    const auto parts = static_cast<std::int64_t>(node.outputs.size());
    std::vector<Attribute> kept{{std::string(kSplitParts), parts}};
    for (const Attribute& a : node.attributes) {
      const auto* sizes = std::get_if<std::vector<std::int64_t>>(&a.value);
      if (a.name == "split" && (!sizes || sizes->size() != node.outputs.size()))
        return fail(Errc::corrupt, "{}: split must have one number for each of {} outputs", node.title(), parts);
      if (a.name == "split" || a.name == "axis") kept.push_back(a);
    }
    for (std::int64_t i = 0; i < parts; ++i) {
      const int output = node.outputs[static_cast<std::size_t>(i)];
      if (output == kAbsent) continue;
      nodes_.push_back({node.op, node.name, node.inputs, {output}, kept});
      nodes_.back().attributes.push_back({std::string(kSplitPart), i});
    }
    return {};
  }

  Model& model_;
  std::vector<Node> nodes_;
};

}  // namespace

Result<> unravel(Model& model) { return Unraveller(model).run(); }

}  // namespace lc::nn
