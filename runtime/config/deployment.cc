#include "config/deployment.h"

#include "base/suggest.h"

namespace lc::config {
namespace {

std::vector<std::string> node_names(const std::vector<DeploymentNode>& nodes) {
  std::vector<std::string> names;
  for (const auto& node : nodes) names.push_back(node.name);
  return names;
}

}  // namespace

struct Deployment::Loader {
  Deployment& out;
  std::filesystem::path path;
  Parameters parameters;

  Result<> read(const Node& root, const Values& overrides, const std::string& selected) {
    out.origin_ = root.origin();
    if (root.find("elements") && !root.find("nodes")) {
      auto pipeline = LC_TRY(Pipeline::load(path));
      out.name_ = pipeline.name();
      out.summary_ = pipeline.summary();
      out.nodes_.push_back({pipeline.name(), std::move(pipeline), {}, root.origin()});
      return apply(overrides, selected);
    }
    LC_TRY(root.only_keys({"configuration", "summary", "parameters", "nodes"}));
    out.name_ = LC_TRY(LC_TRY(root.get("configuration")).text());
    if (const auto summary = root.find("summary")) out.summary_ = LC_TRY(summary->text());
    if (const auto node = root.find("parameters")) parameters = LC_TRY(read_parameters(*node));
    Values own;
    for (const auto& [name, value] : overrides)
      if (find_parameter(parameters, name)) own[name] = value;
    const Values values = LC_TRY(complete(parameters, own, root.origin()));
    const auto nodes = LC_TRY(root.get("nodes"));
    for (const auto& entry : LC_TRY(nodes.entries())) LC_TRY(read_node(entry, values));
    if (out.nodes_.empty()) return nodes.fault("a configuration without nodes");
    return apply(overrides, selected);
  }

  Result<> read_node(const Entry& entry, const Values& values) {
    LC_TRY(entry.value.only_keys({"pipeline", "set"}));
    const auto file = LC_TRY(entry.value.get("pipeline"));
    const auto pipeline_path = (path.parent_path() / LC_TRY(file.text())).lexically_normal();
    auto pipeline = Pipeline::load(pipeline_path);
    if (!pipeline && pipeline.error().code == Errc::not_found)
      return file.fault(pipeline.error().text, Errc::not_found);
    DeploymentNode node{entry.key, LC_TRY(std::move(pipeline)), {}, entry.key_node.where()};
    if (const auto set = entry.value.find("set")) {
      node.set = LC_TRY(read_settings(*set, values));
      // The key is a better place to point at than the value, which may come from elsewhere.
      for (const auto& setting : LC_TRY(set->entries()))
        if (!find_parameter(node.pipeline.parameters(), setting.key))
          return setting.key_node.fault(fmt::format("{} has no parameter '{}'{} (known: {})", node.pipeline.origin(),
                                                    setting.key,
                                                    did_you_mean(setting.key, names_of(node.pipeline.parameters())),
                                                    list_of(names_of(node.pipeline.parameters()))));
    }
    out.nodes_.push_back(std::move(node));
    return {};
  }

  Result<> apply(const Values& overrides, const std::string& selected) {
    for (const auto& [name, value] : overrides)
      if (!find_parameter(parameters, name)) LC_TRY(apply_one(name, value, selected));
    return {};
  }

  Result<> apply_one(const std::string& name, const Value& value, const std::string& selected) {
    const auto dot = name.find('.');
    const std::string wanted = dot == std::string::npos ? selected : name.substr(0, dot);
    const std::string parameter = dot == std::string::npos ? name : name.substr(dot + 1);
    std::vector<std::string> known = names_of(parameters);
    for (auto& node : out.nodes_) {
      if (!(wanted.empty() && out.nodes_.size() == 1) && node.name != wanted) continue;
      if (find_parameter(node.pipeline.parameters(), parameter)) {
        node.set[parameter] = value;
        return {};
      }
      for (const auto& other : names_of(node.pipeline.parameters())) known.push_back(other);
    }
    if (known.empty() || (wanted.empty() && out.nodes_.size() > 1))
      for (const auto& node : out.nodes_)
        for (const auto& other : names_of(node.pipeline.parameters())) known.push_back(node.name + "." + other);
    return fail(Errc::invalid_config, "{}: unknown parameter '{}'{} (known: {})", value.origin, name,
                did_you_mean(name, known), list_of(known, 60));
  }
};

Result<Deployment> Deployment::load(const std::filesystem::path& path, const Values& overrides,
                                    const std::string& node) {
  Deployment deployment;
  const auto root = LC_TRY(Node::load(path));
  Loader loader{deployment, path, {}};
  LC_TRY(loader.read(root, overrides, node));
  return deployment;
}

Result<DeploymentNode> Deployment::node(const std::string& name) const {
  if (name.empty() && nodes_.size() == 1) return nodes_.front();
  for (const auto& node : nodes_)
    if (node.name == name) return node;
  const auto names = node_names(nodes_);
  if (name.empty())
    return fail(Errc::invalid_config, "{}: has {} nodes, say which with --node (nodes: {})", origin_, nodes_.size(),
                list_of(names));
  return fail(Errc::invalid_config, "{}: no node is named '{}'{} (nodes: {})", origin_, name, did_you_mean(name, names),
              list_of(names));
}

Result<Graph> resolve(const DeploymentNode& node) {
  return node.pipeline.resolve(node.set, fmt::format("{}: node '{}'", node.at, node.name));
}

}  // namespace lc::config
