// Parameters into a pipeline: what is left out, what each property is, what is linked to what.
#include <algorithm>

#include "base/suggest.h"
#include "config/pipeline.h"
#include "config/substitute.h"

namespace lc::config {

class Pipeline::Resolver {
 public:
  Resolver(const Pipeline& pipeline, Graph& graph) : pipeline_(pipeline), graph_(graph) {}

  Result<> run() {
    LC_TRY(add_chain(pipeline_.elements_, std::nullopt, std::nullopt));
    if (graph_.elements.empty() && pipeline_.branches_.empty())
      return fail(Errc::invalid_config, "{}: a pipeline without elements", pipeline_.origin_);
    for (const auto& branch : pipeline_.branches_) {
      if (branch.when && !LC_TRY(holds(*branch.when, graph_.values))) continue;
      LC_TRY(add_chain(branch.elements, branch.from, branch.to));
    }
    for (const auto& pending : pending_) {
      LinkSpec link = pending.link;
      if (pending.from) link.from = LC_TRY(port(*pending.from));
      if (pending.to) link.to = LC_TRY(port(*pending.to));
      graph_.links.push_back(std::move(link));
    }
    return {};
  }

 private:
  // A branch may name an element that stands further down, so its ends are looked up when all elements are known.
  struct Pending {
    LinkSpec link;
    std::optional<Node> from, to;
  };

  Result<> add_chain(const std::vector<Node>& elements, std::optional<Node> from, std::optional<Node> to) {
    std::optional<std::size_t> previous;
    for (const auto& node : elements) {
      const auto element = LC_TRY(read_element(node));
      if (!element) continue;
      if (graph_.elements.size() >= kMaxElements) return node.fault(fmt::format("more than {} elements", kMaxElements));
      const std::size_t index = graph_.elements.size();
      graph_.elements.push_back(*element);
      if (previous)
        graph_.links.push_back({{*previous, ""}, {index, ""}, element->at});
      else if (from)
        pending_.push_back({{{}, {index, ""}, *from}, from, std::nullopt});
      previous = index;
    }
    if (!to) return {};
    if (previous)
      pending_.push_back({{{*previous, ""}, {}, *to}, std::nullopt, to});
    else if (from)
      pending_.push_back({{{}, {}, *to}, from, to});
    return {};
  }

  // Nothing when its `when` does not hold.
  Result<std::optional<ElementSpec>> read_element(const Node& node) {
    if (node.is_scalar()) {
      const auto factory = LC_TRY(node.text());
      return ElementSpec{factory, "", {}, node};
    }
    const auto entries = LC_TRY(node.entries());
    const bool is_caps = !entries.empty() && entries.front().key == "caps";
    if (entries.size() != 1 && !(is_caps && entries.size() == 2 && entries.back().key == "when"))
      return node.fault("an element is written `factory` or `factory: {property: value}`, one for each list item");
    if (is_caps) return read_caps(entries);
    ElementSpec spec{entries.front().key, "", {}, entries.front().key_node};
    for (const auto& entry : LC_TRY(entries.front().value.entries())) {
      if (entry.key == "when") {
        if (!LC_TRY(holds(entry.value, graph_.values))) return std::nullopt;
        continue;
      }
      auto value = LC_TRY(substituted(entry.value, graph_.values));
      if (entry.key == "name")
        LC_TRY(take_name(entry.value, value.text, spec));
      else
        spec.properties.push_back({entry.key, std::move(value), entry.key_node});
    }
    return spec;
  }

  Result<std::optional<ElementSpec>> read_caps(const std::vector<Entry>& entries) {
    if (entries.size() == 2 && !LC_TRY(holds(entries.back().value, graph_.values))) return std::nullopt;
    ElementSpec spec{"capsfilter", "", {}, entries.front().key_node};
    auto value = LC_TRY(substituted(entries.front().value, graph_.values));
    spec.properties.push_back({"caps", std::move(value), entries.front().value});
    return spec;
  }

  Result<> take_name(const Node& node, const std::string& name, ElementSpec& spec) {
    if (name.empty() || name.find_first_of(".! \t") != std::string::npos)
      return node.fault("a name is not empty and has no dots, blanks or '!'");
    for (const auto& other : graph_.elements)
      if (other.name == name)
        return node.fault(fmt::format("the name '{}' is taken by the element in {}", name, other.at.where()));
    spec.name = name;
    return {};
  }

  Result<Port> port(const Node& node) {
    const auto text = LC_TRY(substituted(node, graph_.values)).text;
    const auto dot = text.find('.');
    const std::string name = text.substr(0, dot);
    std::vector<std::string> known;
    for (std::size_t i = 0; i < graph_.elements.size(); ++i) {
      if (graph_.elements[i].name == name) return Port{i, dot == std::string::npos ? "" : text.substr(dot + 1)};
      if (!graph_.elements[i].name.empty()) known.push_back(graph_.elements[i].name);
    }
    return node.fault(fmt::format("no element is named '{}'{} ({})", name, did_you_mean(name, known),
                                  known.empty() ? "give one a name: tee: {name: t}" : "named: " + list_of(known)));
  }

  const Pipeline& pipeline_;
  Graph& graph_;
  std::vector<Pending> pending_;
};

Result<Graph> Pipeline::resolve(const Values& given, std::string_view context) const {
  Graph graph{.name = name_, .summary = summary_, .origin = origin_, .no_pixels = no_pixels_, .values = {},
              .elements = {}, .links = {}};
  graph.values = LC_TRY(complete(parameters_, given, context));
  LC_TRY(Resolver(*this, graph).run());
  return graph;
}

}  // namespace lc::config
